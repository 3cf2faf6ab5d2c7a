using FedLowRank.Cli.Simulation;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Commands;

/// <summary>One line of a table of qualities.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="MacroF1">Macro-F1.</param>
/// <param name="Epsilon">Largest epsilon of any agent; null where no text is protected.</param>
internal sealed record QualityRow(string Name, double Accuracy, double MacroF1, double? Epsilon)
{
    public static QualityRow Of(string name, Quality quality) =>
        new(name, quality.Accuracy, quality.MacroF1, Epsilon: null);

    public static QualityRow Of(SimulationResult result) => new(
        result.Name, result.Final.Accuracy, result.Final.MacroF1, result.IsPrivate ? EpsilonMaxOf(result) : null);

    public static double EpsilonMaxOf(SimulationResult result) => result.Agents.Max(a => a.Epsilon);
}
