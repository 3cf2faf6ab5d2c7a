using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Gateway.Charts;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Sheets;
using FedLowRank.Gateway.Console.Views;

namespace FedLowRank.Gateway.Console.Drawings;

/// <summary>Epsilon of the agents of a private run: in their own words, and by the server's count.</summary>
internal static class PrivacyCharts
{
    /// <summary>Most agents that a chart draws; its table has all.</summary>
    public const int AgentsMax = 30;

    /// <summary>What agents say of themselves, against their owners' budgets.</summary>
    /// <param name="agents">The nearest to their budget first.</param>
    public static ChartView Told(IReadOnlyList<AgentSpending> agents)
    {
        var told = agents.Where(agent => agent.Facts?.EpsilonSpent is not null).ToList();
        return new(
            "epsilon-told", "Epsilon, as each agent says",
            "Each agent's own word, from its own ledger, which alone counts: over all its runs, at its own delta. " +
                "The upright line is the budget that its owner set." + Left(told.Count) +
                (told.Count < agents.Count
                    ? $" {Sentence.Count(agents.Count - told.Count, "agent")} said nothing yet."
                    : ""),
            [Draw("epsilon-told", "Epsilon spent, in the agents' own words", told, ToldBar)],
            Table(agents));
    }

    /// <summary>What agents must have spent at least.</summary>
    /// <param name="agents">As in <see cref="Told"/>.</param>
    public static ChartView Counted(IReadOnlyList<AgentSpending> agents) => new(
        "epsilon-counted", "Epsilon, at least, by the server's count",
        "A lower bound that the server works out itself, from the plan and the rounds of this run for which an agent " +
            "delivered an update, even a late or a refused one, or said that it was lost, by the accountant that " +
            "agents use. An agent's ledger may say more: it also holds other runs, and rounds of which the server " +
            "heard nothing." + Left(agents.Count),
        [Draw("epsilon-counted", "Least epsilon spent in this run, by the server's count", agents, CountedBar)],
        Table(agents));

    /// <summary>All figures of all agents.</summary>
    public static Sheet Table(IReadOnlyList<AgentSpending> agents) => new(
        [
            new("agent", "Agent"), new("rounds", "Rounds counted"), new("epsilon_at_least", "At least, counted", Floor),
            new("epsilon_at_least_delta", "at delta", Short), new("epsilon_told", "Told by the agent", Ceiling),
            new("epsilon_told_delta", "at its delta", Short), new("epsilon_budget", "Its owner's budget", Short),
        ],
        agents.Select(object?[] (one) =>
        [
            one.Agent.Value, one.Rounds, one.AtLeast, one.Delta, one.Facts?.EpsilonSpent, one.Facts?.Delta,
            one.Facts?.EpsilonMax,
        ]));

    private static XElement Draw(
        string id, string title, IReadOnlyList<AgentSpending> agents, Func<AgentSpending, BarChart.Bar> bar) =>
        new BarChart($"chart-{id}", title, "epsilon").Draw(
            [.. agents.Take(AgentsMax).Select(bar)],
            agents.Count == 0
                ? "There is nothing to show yet."
                : string.Join(' ', agents.Take(AgentsMax).Select(agent => $"{bar(agent).Title}.")),
            Lines.Style(0));

    private static BarChart.Bar ToldBar(AgentSpending agent)
    {
        var (spent, budget) = (agent.Facts!.EpsilonSpent!.Value, agent.Facts.EpsilonMax);
        var words = Figures.Epsilon(spent);
        var note = budget is { } max ? $"of {Short(max)}" : "no budget told";
        return new(agent.Agent.Value, spent, words, note, $"{agent.Agent}: {words} {note}") { Limit = budget };
    }

    private static BarChart.Bar CountedBar(AgentSpending agent)
    {
        var (words, rounds) = ($"≥ {Floor(agent.AtLeast)}", Sentence.Count(agent.Rounds, "round"));
        return new(agent.Agent.Value, agent.AtLeast, words, rounds, $"{agent.Agent}: {words}, {rounds}");
    }

    private static string Left(int count) => count > AgentsMax
        ? $" Drawn are {AgentsMax} of {Sentence.Count(count, "agent")}, the nearest to their budgets; the table has " +
            "all."
        : "";

    // What is spent at least is rounded down, so that it never looks larger than it is.
    private static string Floor(object epsilon) => (double)epsilon is var value && double.IsFinite(value)
        ? (Math.Floor(value * 1000) / 1000).ToString("0.000", CultureInfo.InvariantCulture)
        : "\u221E";

    private static string Ceiling(object epsilon) => Figures.Epsilon((double)epsilon);

    private static string Short(object value) => Figures.Small((double)value);
}
