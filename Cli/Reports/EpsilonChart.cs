using System.Xml.Linq;
using FedLowRank.Cli.Simulation;
using FedLowRank.Gateway.Charts;
using static FedLowRank.Gateway.Charts.Markup;

namespace FedLowRank.Cli.Reports;

/// <summary>One bar for each agent of a private arm: the epsilon it spent, and in how many rounds.</summary>
internal static class EpsilonChart
{
    /// <summary>The drawing.</summary>
    /// <param name="arm">A private arm.</param>
    /// <param name="id">Unique in the page; prefix of the ids of title and description.</param>
    /// <param name="colour">The class that gives the arm's colour.</param>
    public static XElement Draw(SimulationResult arm, string id, string colour)
    {
        var largest = arm.Agents.Select(agent => agent.Epsilon).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var summary = $"{arm.Agents.Length} agents; the largest epsilon is {Figures.Epsilon(largest)}. " +
            "The table of agents has the figures.";
        return new BarChart(id, $"Epsilon spent by each agent, {Clean(arm.Name)}", "epsilon spent")
            .Draw([.. arm.Agents.Select(agent => Bar(agent, arm.Rounds.Length))], summary, colour);
    }

    private static BarChart.Bar Bar(AgentResult agent, int rounds)
    {
        var (name, epsilon) = (Clean(agent.Name), Figures.Epsilon(agent.Epsilon));
        var part = $"{agent.Rounds} of {rounds} rounds";
        return new(name, agent.Epsilon, epsilon, part, $"{name}: epsilon {epsilon}, {part}");
    }
}
