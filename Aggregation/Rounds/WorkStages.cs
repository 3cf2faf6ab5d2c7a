using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>How the server's work moves from stage to stage, and what happens when it does not.</summary>
internal static class WorkStages
{
    public static RunState Begin(RunState state, RoundState round, RoundStage stage, ServerWork work) =>
        Lifecycle.Enter(state, round, new RoundPhase.Working(stage, Deadline(state), work));

    public static RunState Advance(RunState state, RoundState round, RoundPhase.Working phase)
    {
        if (phase.Work.Slots(phase.Stage).All(slot => slot.Result is not null))
        {
            return phase.Stage == RoundStage.Checkpointing
                ? Evaluations.Begin(state, round, phase.Work.Manifest[0].Result!.Value)
                : Begin(state, round, phase.Stage + 1, phase.Work);
        }

        return Settling.IsDue(state, phase.Deadline) ? OrderAgain(state, round, phase) : state;
    }

    /// <summary>The stage with its whole time before it; what is unfinished is ordered again.</summary>
    public static RoundPhase.Working Renewed(RunState state, RoundPhase.Working phase) => phase with
    {
        Deadline = Deadline(state),
        Work = Unfinished(phase, slot => slot with { Try = slot.Try + 1, Failures = 0 }),
    };

    /// <summary>One order failed: orders it again, or pauses the run where that was the last time.</summary>
    public static RunState Failed(RunState state, RoundState round, RoundPhase.Working phase, int shard, string detail)
    {
        var slots = phase.Work.Slots(phase.Stage);
        var slot = AfterFailure(slots[shard]);
        round = round with
        {
            Phase = phase with { Work = phase.Work.With(phase.Stage, slots.With(shard, slot)) },
        };
        return slot.Failures > state.Plan.Policy.WorkRetriesMax
            ? Lifecycle.Hold(state, round, new PauseReason.WorkStalled(phase.Stage, shard, detail))
            : state.WithRound(round);
    }

    private static RunState OrderAgain(RunState state, RoundState round, RoundPhase.Working phase)
    {
        var work = Unfinished(phase, AfterFailure);
        round = round with { Phase = phase with { Work = work, Deadline = Deadline(state) } };
        var stalled = work.Slots(phase.Stage).ToList()
            .FindIndex(slot => slot.Result is null && slot.Failures > state.Plan.Policy.WorkRetriesMax);
        return stalled < 0
            ? state.WithRound(round)
            : Lifecycle.Hold(state, round, new PauseReason.WorkStalled(phase.Stage, stalled, "no answer in time"));
    }

    private static ServerWork Unfinished(RoundPhase.Working phase, Func<WorkSlot, WorkSlot> change) =>
        phase.Work.With(phase.Stage, phase.Work.Slots(phase.Stage)
            .Select(slot => slot.Result is null ? change(slot) : slot).ToValueList());

    private static WorkSlot AfterFailure(WorkSlot slot) =>
        slot with { Try = slot.Try + 1, Failures = slot.Failures + 1 };

    private static TimeSpan Deadline(RunState state) => state.DeadlineIn(state.Plan.Policy.WorkSeconds);
}
