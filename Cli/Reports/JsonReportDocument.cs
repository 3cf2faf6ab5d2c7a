using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

internal sealed record JsonReportDocument(int SchemaVersion, string Title, IReadOnlyList<SimulationResult> Arms);
