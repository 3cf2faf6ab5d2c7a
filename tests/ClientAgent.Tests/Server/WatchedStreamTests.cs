using FedLowRank.ClientAgent.Server;

namespace FedLowRank.ClientAgent.Tests.Server;

/// <summary>What the stream makes of a server that is gone.</summary>
public sealed class WatchedStreamTests
{
    /// <summary>A killed server ends some streams with no more than this, and no agent may end with it.</summary>
    [Fact]
    public async Task A_broken_connection_is_a_failure_that_passes()
    {
        await using var stream = new WatchedStream(new Broken(), TimeSpan.FromMinutes(1), TimeProvider.System);
        var error = await Assert.ThrowsAsync<ChannelException>(async () =>
            await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Contains("The request was aborted.", error.Message, StringComparison.Ordinal);
        Assert.True(Backoff.IsPassing(error, CancellationToken.None));
    }

    private sealed class Broken : MemoryStream
    {
        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("The request was aborted.");
    }
}
