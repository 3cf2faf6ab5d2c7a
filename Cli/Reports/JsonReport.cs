using System.Text.Json;
using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>
/// The results as JSON: <c>{"schemaVersion", "title", "simulatorOnly", "arms"}</c>, each arm a
/// <see cref="SimulationResult"/> in camelCase. JSON has no infinity: an epsilon without bound is null, as
/// <c>isPrivate</c> of the arm tells; so is any other number that is not finite. An
/// arm's <c>configuration</c> can be run again as it stands.
/// </summary>
public static class JsonReport
{
    /// <summary>Raised when a field changes its meaning or goes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>They follow from the true number of an agent's examples and from its secret batches.</summary>
    private static readonly string[] SimulatorOnly = ["arms[].agents[].examples", "arms[].examplesTrained"];

    /// <summary>The document, indented.</summary>
    public static string Render(string title, IReadOnlyList<SimulationResult> arms) =>
        JsonSerializer.Serialize(
            new(SchemaVersion, title, SimulatorOnly, arms), JsonReportContext.Default.JsonReportDocument) + "\n";
}
