using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Tells the server each tenth of a round once, beside the training: steps do not wait for the network, and a tenth
/// that cannot be told is not told.
/// </summary>
internal sealed class ProgressReport : IAsyncDisposable
{
    private readonly Channel<ProgressTenth> tenths = Channel.CreateBounded<ProgressTenth>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource over = new();
    private readonly AgentParts parts;
    private readonly RoundChannel channel;
    private readonly int steps;
    private readonly Task telling;
    private ProgressTenth last;

    public ProgressReport(AgentParts parts, RoundRef round, int steps)
    {
        (this.parts, this.steps) = (parts, steps);
        channel = parts.ChannelOf(round);
        telling = TellAsync();
    }

    /// <summary>So many steps are done.</summary>
    public void Done(int stepsDone)
    {
        var tenth = ProgressTenth.Of(stepsDone, steps);
        if (tenth == last) return;
        last = tenth;
        tenths.Writer.TryWrite(tenth);
    }

    /// <summary>Nothing is told any more.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The constructor started it, and nobody else knows it.")]
    public async ValueTask DisposeAsync()
    {
        tenths.Writer.Complete();
        over.CancelAfter(parts.Timings.Farewell);
        await telling;
        over.Dispose();
    }

    private async Task TellAsync()
    {
        await foreach (var tenth in tenths.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await channel.ProgressAsync(tenth, steps, over.Token);
            }
            catch (Exception error) when (
                error is RefusedException or NotAdmittedException || Backoff.IsPassing(error, CancellationToken.None))
            {
                // Orders tell when the round is over, and the next request whether the agent is welcome.
            }
        }
    }
}
