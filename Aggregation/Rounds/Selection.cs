using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Whom a round invites, and when it has enough agents to begin.</summary>
internal static class Selection
{
    public static RunState Advance(RunState state, RoundState round, RoundPhase.Gathering phase)
    {
        var policy = state.Plan.Policy;
        var invited = Invite(state, round);
        if (!ReferenceEquals(invited, round)) return state.WithRound(invited);

        // Those still training from an earlier attempt may hang: they count for the quorum and take nobody's place.
        var taken = round.Roster.Count(entry => TakesPlace(round, entry));
        var joined = round.Roster.Count(IsIn);
        var missing = Quorum.Missing(state, round, IsIn);
        var isAnswered = !round.Roster.Any(entry => IsOpen(state, entry));
        if (missing.Count == 0 && (taken >= policy.InvitedCount || (taken >= policy.CohortSize && isAnswered)))
            return Collect(state, round);

        var isHopeless = Quorum.RequiredIsOut(state, round);
        if (!isHopeless && !Settling.IsDue(state, phase.Deadline)) return state;
        if (!isHopeless && missing.Count == 0 && joined >= policy.Quorum) return Collect(state, round);
        return Quorum.Missed(state, round, phase, new(phase.Stage, joined, policy.Quorum, missing), isHopeless);
    }

    /// <summary>Invites required agents, and others by rank until enough have joined or may still answer.</summary>
    private static RoundState Invite(RunState state, RoundState round)
    {
        var open = state.Plan.Policy.InvitedCount -
            round.Roster.Count(entry => TakesPlace(round, entry) || IsOpen(state, entry));
        if (open <= 0 && state.Plan.Policy.RequiredAgents.All(agent => round.Find(agent) >= 0)) return round;

        var free = state.Agents.Where(seat => seat.Role == AgentRole.Trainer && round.Find(seat.Agent) < 0)
            .Select(seat => seat.Agent).ToList();
        var required = free.Where(state.Plan.Policy.RequiredAgents.Contains).ToList();
        var others = open <= required.Count
            ? []
            : free.Except(required).OrderBy(agent => Rank(state, round, agent)).Take(open - required.Count);
        foreach (var agent in required.Concat(others))
        {
            var entry = new RosterEntry(agent, round.Id.Attempt, new Standing.Invited());
            round = round with { Roster = round.Roster.Insert(~round.Find(agent), entry) };
        }

        return round;
    }

    /// <summary>A fresh random order for each attempt, which depends on nothing but seed, attempt and agent.</summary>
    private static UInt128 Rank(RunState state, RoundState round, AgentId agent) => BlobHash.Of(SHA256.HashData(
        Encoding.ASCII.GetBytes(FormattableString.Invariant($"{state.Seed}/{round.Id}/{agent}")))).High;

    private static RunState Collect(RunState state, RoundState round) =>
        Lifecycle.Enter(state, round, new RoundPhase.Gathering(
            RoundStage.Collecting, state.DeadlineIn(state.Plan.Policy.CollectingSeconds), IsExtended: false));

    private static bool TakesPlace(RoundState round, RosterEntry entry) =>
        entry.Standing is Standing.Delivered || (entry.Standing is Standing.Joined && !round.IsTraining(entry));

    private static bool IsIn(RosterEntry entry) => entry.Standing is Standing.Joined or Standing.Delivered;

    private static bool IsOpen(RunState state, RosterEntry entry) =>
        entry.Standing is Standing.Invited && state.IsPresent(entry.Agent);
}
