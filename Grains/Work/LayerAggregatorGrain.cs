using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Front;
using FedLowRank.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.Work;

/// <summary>Sums and refreshes one shard of one run; its first also writes the run's checkpoints.</summary>
/// <remarks>
/// Nothing of it is stored: whoever does a piece of work, and however often, gets the same bytes under the same name.
/// So it may be killed, moved or doubled at any time. The work is done beside the grain's turns, as it takes long, and
/// in a place of its silo, so that no silo does more at once than it has cores for. The run orders again every few
/// seconds what it still waits for; that is what keeps the grain awake, and what starts the work anew where its silo
/// has died. Placed by <see cref="ShardPlacement"/>; gone when its work is reported, so that each round spreads anew.
/// </remarks>
[ShardPlacement, GrainType("fedlowrank.layer-aggregator")]
internal sealed partial class LayerAggregatorGrain(
    GrainParts parts, WorkPlaces places, ILogger<LayerAggregatorGrain> logger) : Grain, IAggregatorGrain
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private WorkPiece? current;
    private CancellationTokenSource? stopping;

    /// <inheritdoc/>
    public Task WorkAsync(RunId run, WorkPiece piece)
    {
        if (current == piece) return Task.CompletedTask;
        Stop();
        (current, stopping) = (piece, new());
        _ = DoAsync(run, piece, stopping.Token);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DropAsync(WorkPiece piece)
    {
        if (current == piece) End();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stop();
        return Task.CompletedTask;
    }

    private async Task DoAsync(RunId run, WorkPiece piece, CancellationToken cancelled)
    {
        var grain = GrainFactory.GetGrain<IRunGrain>(run.Value);
        try
        {
            if (await grain.OrderAsync(piece).SoonAsync() is { } order)
                await ReportAsync(grain, piece, await ResultAsync(run, piece, order, cancelled), cancelled);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Nobody waits for it any more.
        }
        catch (Exception error)
        {
            // The run, if it is there, orders it again.
            NotDone(run.Value, piece.ToString(), error);
        }

        if (current == piece) End();
    }

    private async Task<RunEvent> ResultAsync(
        RunId run, WorkPiece piece, WorkOrder order, CancellationToken cancelled)
    {
        try
        {
            using var place = await places.EnterAsync(cancelled);
            return await WorkPiece.DoAsync(parts.Work, run, order.Plan, order.Effect, order.Start, cancelled);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancelled.IsCancellationRequested)
        {
            NotDone(run.Value, piece.ToString(), error);
            return piece.Failed(error);
        }
    }

    /// <summary>Until the run has heard it: the work is not to be done twice because a silo has died.</summary>
    private static async Task ReportAsync(
        IRunGrain run, WorkPiece piece, RunEvent result, CancellationToken cancelled)
    {
        while (true)
        {
            try
            {
                await run.DoneAsync(piece, result).SoonAsync();
                return;
            }
            catch (Exception error) when (error is not RunDamagedException)
            {
                await Task.Delay(Pause, cancelled);
            }
        }
    }

    private void End()
    {
        Stop();
        current = null;
        DeactivateOnIdle();
    }

    private void Stop()
    {
        stopping?.Cancel();
        stopping?.Dispose();
        stopping = null;
    }

    [LoggerMessage(6000, LogLevel.Error, "{Piece} of run {Run} was not done.")]
    private partial void NotDone(string run, string piece, Exception error);
}
