using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>What the server's own workers report.</summary>
internal static class WorkResults
{
    private const int DetailMax = 200;

    public static Step ShardDone(RunState state, RunEvent.ShardDone done) =>
        CheckStage(done.Stage) is { } malformed
            ? Step.Refuse(state, malformed)
            : Done(state, done.Round, done.Stage, done.Shard, done.Result);

    public static Step ShardFailed(RunState state, RunEvent.ShardFailed failed) =>
        CheckStage(failed.Stage) is { } malformed
            ? Step.Refuse(state, malformed)
            : Failed(state, failed.Round, failed.Stage, failed.Shard, failed.Try, failed.Detail);

    public static Step CheckpointWritten(RunState state, RunEvent.CheckpointWritten written)
    {
        var report = state.History.FirstOrDefault(report => report.Id == written.Round);
        var known = report?.Result is RoundResult.Completed completed
            ? completed.Checkpoint
            : state.Round is { Phase: RoundPhase.Evaluating phase } round && round.Id == written.Round
                ? phase.Checkpoint
                : (BlobHash?)null;
        return known is null
            ? Done(state, written.Round, RoundStage.Checkpointing, shard: 0, written.Manifest)
            : Again(state, RoundStage.Checkpointing, 0, known.Value, written.Manifest);
    }

    public static Step CheckpointFailed(RunState state, RunEvent.CheckpointFailed failed) =>
        Failed(state, failed.Round, RoundStage.Checkpointing, shard: 0, failed.Try, failed.Detail);

    private static Step Done(RunState state, RoundId id, RoundStage stage, int shard, BlobHash result)
    {
        if (Working(state, id) is not var (round, phase)) return Step.Refuse(state, Stale(state, id));
        var slots = phase.Work.Slots(stage);
        if (CheckOrder(phase, stage, shard, slots.Count) is { } refusal) return Step.Refuse(state, refusal);
        if (slots[shard].Result is { } first) return Again(state, stage, shard, first, result);

        var filled = slots.With(shard, slots[shard] with { Result = result });
        return Step.Done(state.WithRound(round with
        {
            Phase = phase with { Work = phase.Work.With(stage, filled) },
        }));
    }

    private static Step Failed(RunState state, RoundId id, RoundStage stage, int shard, int attempt, string detail)
    {
        if (Working(state, id) is not var (round, phase)) return Step.Refuse(state, Stale(state, id));
        var slots = phase.Work.Slots(stage);
        if (CheckOrder(phase, stage, shard, slots.Count) is { } refusal) return Step.Refuse(state, refusal);

        // A held run has withdrawn its orders, and an older order's failure says nothing about the present one.
        var isPresentOrder = slots[shard].Result is null && slots[shard].Try == attempt;
        if (!isPresentOrder || state.Status is RunStatus.Paused) return Step.Ignore(state);
        return Step.Done(WorkStages.Failed(
            state, round, phase, shard, detail.Length <= DetailMax ? detail : detail[..DetailMax]));
    }

    /// <summary>A result for what is done already: the same is harmless, another is a broken invariant.</summary>
    private static Step Again(RunState state, RoundStage stage, int shard, BlobHash first, BlobHash second)
    {
        var broken = new FailureReason.TwoResults(stage, shard, first, second);
        var isKnown = state.Status is RunStatus.Failed failed && failed.Reason == broken;
        return first == second || isKnown || state.Status is RunStatus.Cancelled
            ? Step.Ignore(state)
            : Step.Done(Lifecycle.Fail(state, broken));
    }

    private static (RoundState Round, RoundPhase.Working Phase)? Working(RunState state, RoundId id) =>
        state.Round is { Phase: RoundPhase.Working phase } round && round.Id == id ? (round, phase) : null;

    private static Refusal.Stale Stale(RunState state, RoundId id) => new(id, state.Round?.Id);

    private static Refusal.Malformed? CheckStage(RoundStage stage) =>
        stage is RoundStage.Aggregating or RoundStage.Refreshing
            ? null
            : new("stage", stage.ToString(), "Aggregating or Refreshing");

    private static Refusal.Malformed? CheckOrder(RoundPhase.Working phase, RoundStage stage, int shard, int count)
    {
        if (stage > phase.Stage) return new("stage", stage.ToString(), $"at most {phase.Stage}, which is in progress");
        if (shard >= 0 && shard < count) return null;
        return new("shard", shard.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"between 0 and {count - 1}"));
    }
}
