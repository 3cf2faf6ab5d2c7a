using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// A run of one round just before its close, made by the run machine from the same events as with live agents: all but
/// one agent have delivered, which is the quorum, and the round closes at its deadline, a moment after its grain has
/// been woken.
/// </summary>
internal static class SeededRun
{
    /// <summary>Time to store the run and to wake its grain.</summary>
    private const int CollectingSeconds = 5;

    /// <summary>Makes the state.</summary>
    /// <param name="id">Name of the run.</param>
    /// <param name="updates">What agents deliver.</param>
    /// <param name="agents">How many deliver; one more was invited.</param>
    /// <param name="now">The clock.</param>
    public static RunState Create(RunId id, StoredUpdates updates, int agents, DateTimeOffset now)
    {
        var state = RunMachine.Create(
            id, PlanOf(updates.Shape, agents), new(Round: 0, updates.Start, Parent: null), seed: 1, now);
        Apply(new RunEvent.Asked(now, new("start"), "benchmark", new RunCommand.Start()));
        var invited = Enumerable.Range(0, agents + 1).Select(StoredUpdates.AgentOf).ToList();
        foreach (var agent in invited) Apply(new RunEvent.AgentPresent(now, agent, AgentRole.Trainer));
        var round = state.Round!.Id;
        foreach (var agent in invited) Apply(new RunEvent.AgentJoined(now, agent, round));
        var bytes = updates.Shape.Plan.Form().Bytes;
        for (var i = 0; i < agents; i++)
        {
            var (update, sections) = updates.Updates[i % updates.Updates.Count];
            Apply(new RunEvent.UpdateSubmitted(
                now, id, round, invited[i], update, bytes, Weight: 1, new(ScreeningVerdict.Clean, Norm: null))
            {
                Sections = sections,
            });
        }

        return state;

        void Apply(RunEvent happened)
        {
            var transition = RunMachine.Apply(state, happened);
            state = transition.Answer is Answer.Refused { Refusal: var refusal }
                ? throw new InvalidOperationException(refusal.Message)
                : transition.State;
        }
    }

    private static RunPlan PlanOf(ClusterShape shape, int agents)
    {
        var plan = shape.Plan.Plan(agents);
        return plan with
        {
            Rounds = 1,
            Policy = plan.Policy with { CohortSize = agents + 1, CollectingSeconds = CollectingSeconds },
        };
    }
}
