using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>What holds after every event, whatever happened.</summary>
internal static class Invariants
{
    public static void Check(RunState before, Transition transition)
    {
        var after = transition.State;
        Require(after.Clock.Elapsed >= before.Clock.Elapsed, "time goes forward");
        HistoryGrows(before, after);
        NothingDeliveredIsLost(before, after);
        EffectsAreWhatIsNew(before, transition);
        IsRunning(after);
        if (after.Round is { } round) Round(after, round);
        if (ReferenceEquals(before, after))
            Require(transition.Effects.All(effect => effect is RunEffect.Assign), "nothing new, nothing ordered");
    }

    private static void HistoryGrows(RunState before, RunState after)
    {
        Require(after.History.Count >= before.History.Count, "history never shrinks");
        for (var i = 0; i < before.History.Count; i++)
        {
            var (old, kept) = (before.History[i], after.History[i]);
            if (ReferenceEquals(old, kept)) continue;
            Require(old.Id == kept.Id && old.Result == kept.Result, "a report's result is final");
            Require(kept.IsSuperseded || !old.IsSuperseded, "superseded for good");
            Require(old.Agents.Count == kept.Agents.Count, "a report keeps its agents");
        }
    }

    private static void NothingDeliveredIsLost(RunState before, RunState after)
    {
        if (before.Round is not { } round) return;
        foreach (var entry in round.Roster)
        {
            if (entry.Standing is not Standing.Delivered delivered) continue;
            Require(IsKept(after, round.Id.Number, entry, delivered), $"the update of {entry.Agent} is kept");

            var isRetried = after.Round is { } next && next.Id != round.Id &&
                after.History[^1] is { Result: RoundResult.QuorumMissed } missed && missed.Id == round.Id;
            var isCarriedOver = after.Round?.Roster.Contains(entry) ?? false;
            Require(!isRetried || isCarriedOver, $"the update of {entry.Agent} counts in the retry");
        }
    }

    private static bool IsKept(RunState state, int number, RosterEntry entry, Standing.Delivered delivered)
    {
        if (state.Round is { } round && round.Id.Number == number && round.Roster.Any(Same)) return true;
        return state.History.Reverse().Any(report => report.Id.Number == number && report.Agents.Any(Same));

        bool Same(RosterEntry other) => other.Agent == entry.Agent && other.Attempt == entry.Attempt &&
            other.Standing is Standing.Delivered kept && kept.Update == delivered.Update && kept.At == delivered.At;
    }

    /// <summary>Every effect follows from the new state, and every new one is there.</summary>
    private static void EffectsAreWhatIsNew(RunState before, Transition transition)
    {
        if (transition.Effects.Count == 0 && ReferenceEquals(before, transition.State)) return;
        var pending = RunMachine.PendingEffects(transition.State);
        foreach (var effect in transition.Effects)
            Require(pending.Contains(effect), $"{effect} follows from the state");
        foreach (var effect in pending.Except(RunMachine.PendingEffects(before)))
            Require(transition.Effects.Contains(effect), $"{effect} is new");
    }

    private static void IsRunning(RunState state)
    {
        var isRunning = state.Status is RunStatus.BetweenRounds or RunStatus.InRound;
        Require(isRunning == RunMachine.NextDeadline(state) is not null, "who runs has a deadline");
        var lastTime = DateTimeOffset.MaxValue;
        if (isRunning && state.Clock.LastSeen < lastTime)
            Require(RunMachine.NextDeadline(state) > state.Clock.LastSeen, "the deadline is to come");
    }

    private static void Round(RunState state, RoundState round)
    {
        var policy = state.Plan.Policy;
        Require(round.Id.Number == state.LastRound + 1, "rounds follow each other");
        Require(state.History.All(report => report.Id != round.Id), "no two attempts share an id");
        for (var i = 1; i < round.Roster.Count; i++)
        {
            Require(string.CompareOrdinal(round.Roster[i - 1].Agent.Value, round.Roster[i].Agent.Value) < 0,
                "each agent at most once, in order");
        }

        if (round.Phase is not RoundPhase.Working { Work.Frozen: var frozen }) return;
        Require(frozen.Count >= policy.Quorum, "no sum of fewer than the quorum");
        Require(frozen.Select(update => update.Agent).Distinct().Count() >= policy.DistinctAgentsMin, "enough agents");
        var accepted = round.Roster.Where(entry => entry.Standing is Standing.Delivered)
            .ToDictionary(entry => entry.Agent, entry => (Standing.Delivered)entry.Standing);
        Require(frozen.Count == accepted.Count, "all that was accepted is in the sum");
        Require(
            frozen.All(update => accepted.GetValueOrDefault(update.Agent)?.Update == update.Update),
            "and nothing else");
        Require(frozen.All(update => accepted[update.Agent].Sections == update.Sections), "with its own sections");
        Require(policy.RequiredAgents.All(accepted.ContainsKey), "required agents are in the sum");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) Assert.Fail("broken: " + what);
    }
}
