using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>
/// Reads off a state what it orders. The effects of an event are what the new state orders and the old one did not, so
/// no effect can be forgotten in one place and remembered in the other.
/// </summary>
internal static class PendingWork
{
    public static ValueList<RunEffect> All(RunState state) =>
        Orders(state).Concat(state.Agents.Select(seat => AssignmentOf(state, seat))).ToValueList();

    public static ValueList<RunEffect> Since(RunState before, RunState after, RunEvent happened)
    {
        if (happened is RunEvent.Restarted) return All(after);
        var news = new List<RunEffect>();
        if (!ReferenceEquals(before, after))
        {
            news.AddRange(Orders(after).Except(Orders(before)));
            news.AddRange(MayDiffer(before, after)
                .Where(seat => before.IsPresent(seat.Agent))
                .Select(seat => (Old: AssignmentOf(before, seat), New: AssignmentOf(after, seat)))
                .Where(change => change.Old != change.New)
                .Select(change => change.New));
        }

        // Told even when nothing is new: its old connection may have died with the message in it.
        if (happened is RunEvent.AgentPresent present)
        {
            news.RemoveAll(effect => effect is RunEffect.Assign assign && assign.Agent == present.Agent);
            news.Add(AssignmentOf(after, new(present.Agent, present.Role)));
        }

        return news.ToValueList();
    }

    /// <summary>
    /// The connected agents whose assignment may have changed. Mostly one agent's standing does, and nothing else: then
    /// the others need no look, which matters with a thousand of them.
    /// </summary>
    private static IEnumerable<AgentSeat> MayDiffer(RunState before, RunState after)
    {
        // What an agent is to do follows from the round and its role alone.
        if (ReferenceEquals(before.Round, after.Round)) return [];
        if (before.Round is not { } old || after.Round is not { } round || old.Id != round.Id ||
            !ReferenceEquals(old.Phase, round.Phase) || old.Roster.Count != round.Roster.Count ||
            !ReferenceEquals(before.Agents, after.Agents))
        {
            return after.Agents;
        }

        return old.Roster.Zip(round.Roster)
            .Where(entry => !ReferenceEquals(entry.First, entry.Second))
            .Select(entry => after.Agents.Find(entry.Second.Agent, seat => seat.Agent))
            .Where(index => index >= 0)
            .Select(index => after.Agents[index]);
    }

    private static IEnumerable<RunEffect> Orders(RunState state) =>
        state.Forks.Select(order => new RunEffect.CreateRun(order)).Concat<RunEffect>(
            state.Status is RunStatus.InRound { Round: { Phase: RoundPhase.Working phase } round }
                ? WorkOrders(round, phase)
                : []);

    private static IEnumerable<RunEffect> WorkOrders(RoundState round, RoundPhase.Working phase)
    {
        var slots = phase.Work.Slots(phase.Stage);
        for (var shard = 0; shard < slots.Count; shard++)
        {
            if (slots[shard] is not { Result: null, Try: var attempt }) continue;
            yield return phase.Stage switch
            {
                RoundStage.Aggregating =>
                    new RunEffect.AggregateShard(round.Id, shard, attempt, phase.Work.Frozen),
                RoundStage.Refreshing => new RunEffect.RefreshShard(
                    round.Id, shard, attempt, round.Start, phase.Work.Sums[shard].Result!.Value),
                _ => new RunEffect.WriteCheckpoint(
                    round.Id, attempt, round.Start, phase.Work.Frozen,
                    phase.Work.Parts.Select(part => part.Result!.Value).ToValueList()),
            };
        }
    }

    private static RunEffect.Assign AssignmentOf(RunState state, AgentSeat seat) => new(
        seat.Agent,
        state.Round is not { } round
            ? new Assignment.Idle()
            : seat.Role == AgentRole.Evaluator
                ? ForEvaluator(round, seat.Agent)
                : ForTrainer(round, seat.Agent));

    private static Assignment ForEvaluator(RoundState round, AgentId agent) =>
        round.Phase is RoundPhase.Evaluating phase && Evaluations.Find(phase.Asked, agent) is >= 0 and var index &&
        !phase.Asked[index].HasDeclined
            ? new Assignment.Evaluation(round.Id, phase.Checkpoint)
            : new Assignment.Idle();

    private static Assignment ForTrainer(RoundState round, AgentId agent)
    {
        if (round.Phase is not RoundPhase.Gathering phase || round.Entry(agent) is not { } entry)
            return new Assignment.Idle();
        var id = round.Id with { Attempt = entry.Attempt };
        return entry.Standing switch
        {
            Standing.Invited when phase.Stage == RoundStage.Selecting => new Assignment.Invitation(id, round.Start),
            Standing.Joined when round.IsTraining(entry) => new Assignment.Training(id, round.Start),
            Standing.Joined => new Assignment.StandBy(id),
            _ => new Assignment.Idle(),
        };
    }
}
