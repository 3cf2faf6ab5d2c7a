using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Takes every step that a state allows by itself: deadlines that have passed, waits that are over.</summary>
/// <remarks>
/// Ends, because a step either ends a wait or sets a deadline in the future, and no round can pass through Selecting
/// without an agent's answer or the passage of time.
/// </remarks>
internal static class Settling
{
    public static RunState Settle(RunState state)
    {
        while (true)
        {
            var next = Advance(state);
            if (ReferenceEquals(next, state)) return state;
            state = next;
        }
    }

    public static bool IsDue(RunState state, TimeSpan deadline) => state.Clock.Elapsed >= deadline;

    private static RunState Advance(RunState state) => state.Status switch
    {
        RunStatus.BetweenRounds waiting when IsDue(state, waiting.Deadline) => Waited(state),
        RunStatus.InRound { Round: { Phase: RoundPhase.Gathering phase } round } =>
            phase.Stage == RoundStage.Selecting
                ? Selection.Advance(state, round, phase)
                : Collection.Advance(state, round, phase),
        RunStatus.InRound { Round: { Phase: RoundPhase.Working phase } round } =>
            WorkStages.Advance(state, round, phase),
        RunStatus.InRound { Round: { Phase: RoundPhase.Evaluating phase } round } =>
            Evaluations.Advance(state, round, phase),
        _ => state,
    };

    private static RunState Waited(RunState state) => state.Plan.Schedule is RunSchedule.Automatic
        ? Lifecycle.Open(state)
        : state with { Status = new RunStatus.Paused(new PauseReason.NotTriggered(), Held: null) };
}
