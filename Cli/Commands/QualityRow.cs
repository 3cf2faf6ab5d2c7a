using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Commands;

/// <summary>One line of a table of qualities.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Quality">Its figures.</param>
/// <param name="Epsilon">Largest epsilon of any agent; null where no text is protected.</param>
internal sealed record QualityRow(string Name, TestQuality Quality, double? Epsilon = null)
{
    public static QualityRow Of(SimulationResult result) => new(
        result.Name, result.Final, result.IsPrivate ? EpsilonMaxOf(result) : null);

    public static double EpsilonMaxOf(SimulationResult result) => result.Agents.Max(a => a.Epsilon);
}
