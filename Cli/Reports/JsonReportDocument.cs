using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <param name="SchemaVersion">See <see cref="JsonReport.SchemaVersion"/>.</param>
/// <param name="Title">What was simulated.</param>
/// <param name="SimulatorOnly">Paths of the fields that a real agent would never tell, not even its server.</param>
/// <param name="Arms">The federations.</param>
internal sealed record JsonReportDocument(
    int SchemaVersion, string Title, IReadOnlyList<string> SimulatorOnly, IReadOnlyList<SimulationResult> Arms);
