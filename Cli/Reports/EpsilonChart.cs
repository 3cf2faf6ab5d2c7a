using System.Globalization;
using System.Xml.Linq;
using FedLowRank.Cli.Simulation;
using static FedLowRank.Cli.Reports.Markup;

namespace FedLowRank.Cli.Reports;

/// <summary>One bar for each agent of a private arm: the epsilon it spent, and in how many rounds.</summary>
internal static class EpsilonChart
{
    private const double Width = 920, Left = 210, Right = 700, Top = 8;

    /// <summary>The drawing.</summary>
    /// <param name="arm">A private arm.</param>
    /// <param name="id">Unique in the page; prefix of the ids of title and description.</param>
    /// <param name="colour">The class that gives the arm's colour.</param>
    public static XElement Draw(SimulationResult arm, string id, string colour)
    {
        var name = Clean(arm.Name);
        var row = arm.Agents.Length > 30 ? 17.0 : 26.0;
        var bottom = Top + row * arm.Agents.Length;
        var largest = arm.Agents.Select(agent => agent.Epsilon).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var axis = AxisTicks.Cover(0, largest, 6);
        var summary = $"{arm.Agents.Length} agents; the largest epsilon is {Figures.Epsilon(largest)}. " +
            "The table of agents has the figures.";
        return Element(
            "svg",
            At("viewBox", $"0 0 {Place(Width)} {Place(bottom + 44)}"),
            At("role", "img"),
            At("class", colour),
            At("aria-labelledby", $"{id}-title {id}-desc"),
            Element("title", At("id", $"{id}-title"), $"Epsilon spent by each agent, {name}"),
            Element("desc", At("id", $"{id}-desc"), summary),
            axis.Values.Select(tick => Grid(tick, axis, bottom)),
            Element(
                "text",
                At("class", "axis"),
                At("x", (Left + Right) / 2),
                At("y", bottom + 40),
                At("text-anchor", "middle"),
                "epsilon spent"),
            arm.Agents.Select((agent, i) => Bar(agent, arm.Rounds.Length, axis, Top + row * i, row)));
    }

    private static IEnumerable<XElement> Grid(double tick, AxisTicks axis, double bottom)
    {
        var x = X(axis, tick);
        yield return Element(
            "line", At("class", "grid"), At("x1", x), At("x2", x), At("y1", Top), At("y2", bottom));
        var label = tick.ToString($"F{axis.Decimals}", CultureInfo.InvariantCulture);
        yield return Element(
            "text", At("class", "tick"), At("x", x), At("y", bottom + 20), At("text-anchor", "middle"), label);
    }

    private static XElement Bar(AgentResult agent, int rounds, AxisTicks axis, double y, double row)
    {
        var name = Clean(agent.Name);
        // An unbounded epsilon has no length; its bar ends with the axis and its label says so.
        var end = X(axis, double.IsFinite(agent.Epsilon) ? agent.Epsilon : axis.Max);
        var baseline = y + row / 2 + 4.5;
        var part = $"{agent.Rounds} of {rounds} rounds";
        return Element(
            "g",
            Element("title", $"{name}: epsilon {Figures.Epsilon(agent.Epsilon)}, {part}"),
            Element(
                "text",
                At("class", "name"),
                At("x", Left - 12),
                At("y", baseline),
                At("text-anchor", "end"),
                Shorten(name, 26)),
            Element(
                "rect",
                At("class", "bar"),
                At("x", Left),
                At("y", y + row * 0.16),
                At("width", Math.Max(end - Left, 1)),
                At("height", row * 0.68),
                At("rx", 3)),
            Element(
                "text",
                At("class", "label"),
                At("x", Right + 27),
                At("y", baseline),
                Element("tspan", At("class", "value"), Figures.Epsilon(agent.Epsilon)),
                Element("tspan", At("class", "quiet"), $"\u2002{part}")));
    }

    private static double X(AxisTicks axis, double value) => Left + (Right - Left) * axis.Share(value);
}
