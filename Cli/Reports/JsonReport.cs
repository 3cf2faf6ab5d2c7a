using System.Text.Json;
using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>
/// The results as JSON: <c>{"schemaVersion", "title", "arms"}</c>, each arm a <see cref="SimulationResult"/> in
/// camelCase. JSON has no infinity: an epsilon without bound is null, as <c>isPrivate</c> of the arm tells; so is any
/// other number that is not finite.
/// </summary>
public static class JsonReport
{
    /// <summary>Raised when a field changes its meaning or goes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The document, indented.</summary>
    public static string Render(string title, IReadOnlyList<SimulationResult> arms) =>
        JsonSerializer.Serialize(new(SchemaVersion, title, arms), JsonReportContext.Default.JsonReportDocument) + "\n";
}
