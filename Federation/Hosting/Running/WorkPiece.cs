using System.Diagnostics;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>One order for the server's own work.</summary>
/// <param name="Round">The attempt.</param>
/// <param name="Stage">What is to be done.</param>
/// <param name="Shard">Index in the plan; 0 for a checkpoint.</param>
/// <param name="Try">Counts the orders.</param>
internal sealed record WorkPiece(RoundId Round, RoundStage Stage, int Shard, int Try)
{
    /// <summary>The order that an effect is; null where it is another effect.</summary>
    public static WorkPiece? Of(RunEffect effect) => effect switch
    {
        RunEffect.AggregateShard sum => new(sum.Round, RoundStage.Aggregating, sum.Shard, sum.Try),
        RunEffect.RefreshShard refresh => new(refresh.Round, RoundStage.Refreshing, refresh.Shard, refresh.Try),
        RunEffect.WriteCheckpoint write => new(write.Round, RoundStage.Checkpointing, 0, write.Try),
        _ => null,
    };

    /// <summary>The effect that the order is in a state; null where it is not ordered, or not any more.</summary>
    public RunEffect? EffectIn(RunState state) =>
        IsOrderedIn(state) ? RunMachine.PendingEffects(state).First(effect => Of(effect) == this) : null;

    /// <summary>Whether a state waits for it.</summary>
    public bool IsOrderedIn(RunState state)
    {
        if (state.Status is not RunStatus.InRound { Round: { Phase: RoundPhase.Working phase } round } ||
            round.Id != Round || phase.Stage != Stage)
            return false;
        var slots = Stage switch
        {
            RoundStage.Aggregating => phase.Work.Sums,
            RoundStage.Refreshing => phase.Work.Parts,
            _ => phase.Work.Manifest,
        };
        return slots[Shard] is { Result: null, Try: var attempt } && attempt == Try;
    }

    /// <summary>Does it.</summary>
    /// <param name="work">By whom.</param>
    /// <param name="run">The run.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="effect">The order in full.</param>
    /// <param name="start">Manifest of the checkpoint that the round started from.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What to tell the run.</returns>
    /// <exception cref="WorkException">An input is missing or damaged.</exception>
    public static async Task<RunEvent> DoAsync(
        IRoundWork work, RunId run, RunPlan plan, RunEffect effect, BlobHash start,
        CancellationToken cancellationToken)
    {
        var (begin, isDone) = (Stopwatch.GetTimestamp(), false);
        try
        {
            var result = await ResultAsync(work, run, plan, effect, start, cancellationToken);
            isDone = true;
            return result;
        }
        finally
        {
            // One that nobody waits for any more says nothing of how long such work takes.
            if (Of(effect) is { Stage: var stage } && (isDone || !cancellationToken.IsCancellationRequested))
                FederationInstruments.OnWork(stage, Stopwatch.GetElapsedTime(begin), isDone);
        }
    }

    private static async Task<RunEvent> ResultAsync(
        IRoundWork work, RunId run, RunPlan plan, RunEffect effect, BlobHash start,
        CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case RunEffect.AggregateShard sum:
                var total = await work.AggregateAsync(plan, sum, start, cancellationToken);
                return new RunEvent.ShardDone(default, sum.Round, RoundStage.Aggregating, sum.Shard, total);
            case RunEffect.RefreshShard refresh:
                var factors = await work.RefreshAsync(plan, refresh, cancellationToken);
                return new RunEvent.ShardDone(default, refresh.Round, RoundStage.Refreshing, refresh.Shard, factors);
            case RunEffect.WriteCheckpoint write:
                var manifest = await work.WriteCheckpointAsync(run, plan, write, cancellationToken);
                return new RunEvent.CheckpointWritten(default, write.Round, manifest);
            default:
                throw new UnreachableException(effect.GetType().Name);
        }
    }

    /// <summary>What to tell the run of a fault.</summary>
    public RunEvent Failed(Exception error)
    {
        var message = error is WorkException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        return Stage == RoundStage.Checkpointing
            ? new RunEvent.CheckpointFailed(default, Round, Try, message)
            : new RunEvent.ShardFailed(default, Round, Stage, Shard, Try, message);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Stage} of shard {Shard} in round {Round}, try {Try},");
}
