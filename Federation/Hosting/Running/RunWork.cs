using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>
/// The server's own work of one run: each piece at most once at a time, by a pool that all runs share. Called by the
/// run's actor alone.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="host">What all runs share.</param>
/// <param name="checkpoints">Signs what was written.</param>
/// <param name="report">Takes what became of a piece.</param>
internal sealed class RunWork(RunId run, RunHost host, CheckpointBook checkpoints, Action<RunEvent> report)
    : IAsyncDisposable
{
    private readonly Dictionary<WorkId, Piece> pieces = [];

    /// <summary>Begins what is ordered, unless it is being done.</summary>
    public void Order(RunState state, RunEffect effect)
    {
        if (state.Round is not { } round || PieceOf(effect) is not { } what || !IsOrdered(state, what)) return;
        if (pieces.TryGetValue(what, out var before))
        {
            if (!before.Done.IsCompleted) return;
            before.Dispose();
        }

        var piece = new Piece();
        pieces[what] = piece;
        piece.Done = Task.Run(() => DoAsync(what, state.Plan, effect, round.Start, piece.Cancelled));
    }

    /// <summary>Cancels what is not ordered any more, as an older try of what is ordered again.</summary>
    public void Drop(RunState state)
    {
        foreach (var (what, piece) in pieces.Where(each => !IsOrdered(state, each.Key)).ToList())
        {
            piece.Cancel();
            if (!piece.Done.IsCompleted) continue;
            piece.Dispose();
            pieces.Remove(what);
        }
    }

    /// <summary>Cancels all, and waits for it to end.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var piece in pieces.Values) piece.Cancel();
        await Task.WhenAll(pieces.Values.Select(piece => piece.Done));
        foreach (var piece in pieces.Values) piece.Dispose();
        pieces.Clear();
    }

    private static WorkId? PieceOf(RunEffect effect) => effect switch
    {
        RunEffect.AggregateShard sum => new(sum.Round, RoundStage.Aggregating, sum.Shard, sum.Try),
        RunEffect.RefreshShard refresh => new(refresh.Round, RoundStage.Refreshing, refresh.Shard, refresh.Try),
        RunEffect.WriteCheckpoint write => new(write.Round, RoundStage.Checkpointing, 0, write.Try),
        _ => null,
    };

    private static bool IsOrdered(RunState state, WorkId piece)
    {
        if (state.Status is not RunStatus.InRound { Round: { Phase: RoundPhase.Working phase } round } ||
            round.Id != piece.Round || phase.Stage != piece.Stage)
            return false;
        var slots = piece.Stage switch
        {
            RoundStage.Aggregating => phase.Work.Sums,
            RoundStage.Refreshing => phase.Work.Parts,
            _ => phase.Work.Manifest,
        };
        return slots[piece.Shard] is { Result: null, Try: var attempt } && attempt == piece.Try;
    }

    private async Task DoAsync(
        WorkId what, RunPlan plan, RunEffect effect, BlobHash start, CancellationToken cancelled)
    {
        try
        {
            await host.Workers.WaitAsync(cancelled);
            try
            {
                report(await ResultAsync(plan, effect, start, cancelled));
            }
            finally
            {
                host.Workers.Release();
            }
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Nobody waits for it any more.
        }
        catch (Exception error)
        {
            HostLog.WorkFailed(host.Logger, run, what.ToString(), error);
            var message = error is WorkException ? error.Message : $"{error.GetType().Name}: {error.Message}";
            report(what.Stage == RoundStage.Checkpointing
                ? new RunEvent.CheckpointFailed(default, what.Round, what.Try, message)
                : new RunEvent.ShardFailed(default, what.Round, what.Stage, what.Shard, what.Try, message));
        }
    }

    private async Task<RunEvent> ResultAsync(
        RunPlan plan, RunEffect effect, BlobHash start, CancellationToken cancelled)
    {
        switch (effect)
        {
            case RunEffect.AggregateShard sum:
                var total = await host.Work.AggregateAsync(plan, sum, start, cancelled);
                return new RunEvent.ShardDone(default, sum.Round, RoundStage.Aggregating, sum.Shard, total);
            case RunEffect.RefreshShard refresh:
                var factors = await host.Work.RefreshAsync(plan, refresh, cancelled);
                return new RunEvent.ShardDone(default, refresh.Round, RoundStage.Refreshing, refresh.Shard, factors);
            case RunEffect.WriteCheckpoint write:
                var manifest = await host.Work.WriteCheckpointAsync(run, plan, write, cancelled);

                // Whoever hears of the checkpoint can have its signature.
                await checkpoints.SignAsync(manifest, cancelled);
                return new RunEvent.CheckpointWritten(default, write.Round, manifest);
            default:
                throw new System.Diagnostics.UnreachableException(effect.GetType().Name);
        }
    }

    private sealed record WorkId(RoundId Round, RoundStage Stage, int Shard, int Try)
    {
        public override string ToString() => FormattableString.Invariant(
            $"{Stage} of shard {Shard} in round {Round}, try {Try},");
    }

    private sealed class Piece : IDisposable
    {
        private readonly CancellationTokenSource source = new();

        public CancellationToken Cancelled => source.Token;

        public Task Done { get; set; } = Task.CompletedTask;

        public void Cancel() => source.Cancel();

        public void Dispose() => source.Dispose();
    }
}
