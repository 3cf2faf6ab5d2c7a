using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Console.History;

/// <summary>What an agent of a private run has spent: as it says itself, and what it must have at least.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Rounds">For how many rounds of the run it has surely reserved budget.</param>
/// <param name="AtLeast">
/// Epsilon of these rounds alone, by the accountant that agents charge by. Their ledger cannot say less at this delta;
/// it says more where it holds other runs, or rounds of which the server never heard how they ended.
/// </param>
/// <param name="Delta">Of <paramref name="AtLeast"/>: the agent's where it told one, else the plan's.</param>
/// <param name="Facts">What it says of itself, over all runs; null where it said nothing yet.</param>
public sealed record AgentSpending(AgentId Agent, int Rounds, double AtLeast, double Delta, AgentFacts? Facts)
{
    private static readonly RdpAccountant Accountant = new();

    /// <summary>Share of the owner's budget that is spent, as the agent says; null where it does not.</summary>
    public double? Share => Facts is { EpsilonSpent: { } spent, EpsilonMax: > 0 and { } max } ? spent / max : null;

    /// <summary>
    /// All agents that have spent in a run, the nearest to their budget first; none where it is not private.
    /// </summary>
    public static IReadOnlyList<AgentSpending> Of(RunState run, IEnumerable<AgentRecord> agents)
    {
        if (run.Plan.Round.Privacy is not { } privacy) return [];
        var facts = agents.ToDictionary(agent => agent.State.Agent, agent => agent.Facts);
        var costs = new Dictionary<(int Rounds, double Delta), double>();
        return
        [
            .. RoundsOf(run).Select(one => Spending(one.Key, one.Value))
                .OrderByDescending(one => one.Share ?? -1).ThenByDescending(one => one.AtLeast)
                .ThenBy(one => one.Agent.Value, StringComparer.Ordinal),
        ];

        AgentSpending Spending(AgentId agent, int rounds)
        {
            var said = facts.GetValueOrDefault(agent);
            var delta = said?.Delta is > 0 and < 1 ? said.Delta.Value : privacy.Delta;
            if (!costs.TryGetValue((rounds, delta), out var cost))
                costs[(rounds, delta)] = cost = Accountant.Epsilon([Cost(run, privacy.NoiseMultiplier, rounds)], delta);
            return new(agent, rounds, cost, delta, said);
        }
    }

    private static MechanismEvent Cost(RunState run, double noise, int rounds) =>
        new(run.Plan.Round.SamplingRate, noise, (long)run.Plan.Round.LocalSteps * rounds);

    private static Dictionary<AgentId, int> RoundsOf(RunState run)
    {
        var rosters = run.History.Select(report => (report.Id.Number, report.Agents));
        if (run.Round is { } now) rosters = rosters.Append((now.Id.Number, now.Roster));
        var rounds = new Dictionary<AgentId, int>();
        foreach (var attempts in rosters.GroupBy(one => one.Number, one => one.Item2))
        {
            foreach (var entry in RoundHistory.TrainingsOf([.. attempts]).Where(HasSpent))
                rounds[entry.Agent] = rounds.GetValueOrDefault(entry.Agent) + 1;
        }

        return rounds;
    }

    /// <summary>An update, even a refused one, and a loss that is owned up to, come after the reservation.</summary>
    private static bool HasSpent(RosterEntry entry) => entry.Standing is
        Standing.Delivered or Standing.Quarantined or Standing.Late or Standing.Lost;
}
