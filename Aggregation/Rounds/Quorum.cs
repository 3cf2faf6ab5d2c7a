using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Whether a round can still reach its quorum, and what follows when it has not.</summary>
internal static class Quorum
{
    /// <summary>Required agents whose entry does not satisfy <paramref name="isIn"/>.</summary>
    public static ValueList<AgentId> Missing(RunState state, RoundState round, Func<RosterEntry, bool> isIn) =>
        state.Plan.Policy.RequiredAgents
            .Where(agent => round.Entry(agent) is not { } entry || !isIn(entry)).ToValueList();

    /// <summary>True where a required agent's part in this attempt has ended without an update.</summary>
    public static bool RequiredIsOut(RunState state, RoundState round) =>
        state.Plan.Policy.RequiredAgents.Any(agent =>
            round.Entry(agent)?.Standing is Standing.Declined or Standing.Lost or Standing.Quarantined);

    public static RunState Missed(
        RunState state, RoundState round, RoundPhase.Gathering phase, Shortfall shortfall, bool isHopeless)
    {
        var rule = state.Plan.Policy.MissedQuorum;
        if (!isHopeless && !phase.IsExtended && rule.ExtendSeconds > 0)
        {
            var extended = phase with { IsExtended = true, Deadline = state.DeadlineIn(rule.ExtendSeconds) };
            return state.WithRound(round with { Phase = extended });
        }

        if (round.Retry < rule.RetriesMax) return Lifecycle.Retry(state, round, shortfall, round.Retry + 1);
        return rule.LastResort == LastResort.Pause
            ? Lifecycle.Hold(state, round, new PauseReason.QuorumMissed(shortfall))
            : Lifecycle.Fail(state, new FailureReason.QuorumMissed(shortfall));
    }
}
