using System.Text.Json.Serialization;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Cli.Commands;

/// <summary>
/// The figures of <c>simulate --json</c>; those that the task does not have are left out. Null where a measure
/// overflowed: JSON has no infinity.
/// </summary>
internal sealed record SimulateFigures
{
    public required string Name { get; init; }

    public required string Task { get; init; }

    public required string Method { get; init; }

    /// <summary>Accuracy or perplexity before the first round.</summary>
    public required double? Untrained { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Accuracy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MacroF1 { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Perplexity { get; init; }

    public required double? Loss { get; init; }

    /// <summary>Null in a run without privacy.</summary>
    public required double? EpsilonMax { get; init; }

    public required double Delta { get; init; }

    public required double Seconds { get; init; }

    public required string Report { get; init; }

    public static SimulateFigures Of(SimulationResult result, string report) => new()
    {
        Name = result.Name,
        Task = ConfigObject.InJson(result.Task),
        Method = result.Method,
        Untrained = TaskFigures.Of(result.Task).Headline.Value(result.Untrained),
        Accuracy = result.Final.Accuracy,
        MacroF1 = result.Final.MacroF1,
        Perplexity = result.Final.Perplexity,
        Loss = result.Final.Loss,
        EpsilonMax = result.IsPrivate ? QualityRow.EpsilonMaxOf(result) : null,
        Delta = result.Delta,
        Seconds = result.Seconds,
        Report = report,
    };
}
