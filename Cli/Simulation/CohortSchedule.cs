using System.Collections.Immutable;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Which agents take part in which round, drawn from the seed before the first round. Agents are dealt out from one
/// shuffled order after the other, each order holding everybody once. So nobody takes part in more than
/// <see cref="RoundsMax"/> rounds, a number that is known from the configuration alone: each agent's noise is
/// calibrated for just that many rounds, and epsilon neither counts on luck in the draw nor claims amplification by it.
/// </summary>
public static class CohortSchedule
{
    /// <summary>Most rounds of one agent: ceil(rounds x cohort / agents).</summary>
    public static int RoundsMax(int agents, int cohort, int rounds) =>
        (int)((((long)rounds * cohort) + agents - 1) / agents);

    /// <summary>The indices of each round's agents, ascending.</summary>
    /// <param name="agents">Number of agents.</param>
    /// <param name="cohort">Agents in a round, at most all.</param>
    /// <param name="rounds">Number of rounds.</param>
    /// <param name="seed">Seed of the run.</param>
    public static ImmutableArray<ImmutableArray<int>> Draw(int agents, int cohort, int rounds, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cohort, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cohort, agents);
        var random = new SeededSequence(seed, "cohorts");
        var waiting = new Queue<int>();
        var schedule = ImmutableArray.CreateBuilder<ImmutableArray<int>>(rounds);
        for (var round = 0; round < rounds; round++)
        {
            if (waiting.Count < cohort)
            {
                Refill(waiting, agents, random);
            }

            schedule.Add([.. Enumerable.Range(0, cohort).Select(_ => waiting.Dequeue()).Order()]);
        }

        return schedule.MoveToImmutable();
    }

    /// <summary>
    /// Adds a new order. Those who are still waiting from the last one go to its end, so that they are not drawn twice
    /// for one round: before them stand agents - waiting, and a cohort needs only cohort - waiting.
    /// </summary>
    private static void Refill(Queue<int> waiting, int agents, SeededSequence random)
    {
        var order = Enumerable.Range(0, agents).ToArray();
        SeededOrder.Shuffle(order.AsSpan(), random);
        var late = waiting.ToHashSet();
        foreach (var agent in order.OrderBy(late.Contains))
        {
            waiting.Enqueue(agent);
        }
    }
}
