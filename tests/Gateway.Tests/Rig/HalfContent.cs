using System.Net;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>A body that says its length, sends half of it, and then nothing until the request is given up.</summary>
internal sealed class HalfContent(byte[] content) : HttpContent
{
    private readonly TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The half is on its way.</summary>
    public Task Sent => sent.Task;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(content.AsMemory(0, content.Length / 2), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        sent.SetResult();
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = content.Length;
        return true;
    }
}
