using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>When a round has its updates, and what it then freezes.</summary>
internal static class Collection
{
    public static RunState Advance(RunState state, RoundState round, RoundPhase.Gathering phase)
    {
        var policy = state.Plan.Policy;
        var count = round.Delivered.Count();
        var missing = Quorum.Missing(state, round, entry => entry.Standing is Standing.Delivered);
        if (missing.Count == 0 && count >= policy.CohortSize) return Close(state, round);

        var isHopeless = Quorum.RequiredIsOut(state, round) ||
            !round.Roster.Any(entry => entry.Standing is Standing.Joined);
        if (!isHopeless && !Settling.IsDue(state, phase.Deadline)) return state;
        if (missing.Count == 0 && count >= policy.Quorum) return Close(state, round);
        return Quorum.Missed(state, round, phase, new(phase.Stage, count, policy.Quorum, missing), isHopeless);
    }

    private static RunState Close(RunState state, RoundState round)
    {
        var frozen = round.Delivered
            .Select(entry => (entry.Agent, Delivered: (Standing.Delivered)entry.Standing))
            .Select(term => new FrozenUpdate(
                term.Delivered.Update, term.Agent, Math.Min(term.Delivered.Weight, state.Plan.Round.WeightMax))
            {
                Sections = term.Delivered.Sections,
            })
            .Order(Comparer<FrozenUpdate>.Create(ByHash));
        var slots = state.Plan.Shards.Select(_ => WorkSlot.New).ToValueList();
        var work = new ServerWork(frozen.ToValueList(), slots, slots, [WorkSlot.New]);
        return WorkStages.Begin(state, round, RoundStage.Aggregating, work);
    }

    private static int ByHash(FrozenUpdate left, FrozenUpdate right)
    {
        var order = BlobHash.Compare(left.Update, right.Update);
        return order != 0 ? order : string.CompareOrdinal(left.Agent.Value, right.Agent.Value);
    }
}
