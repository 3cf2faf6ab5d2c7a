using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Commands;

/// <summary>The figures of <c>simulate --json</c>.</summary>
internal sealed record SimulateFigures
{
    public required string Name { get; init; }

    public required string Method { get; init; }

    public required double Untrained { get; init; }

    public required double Accuracy { get; init; }

    public required double MacroF1 { get; init; }

    /// <summary>Null where a measure overflowed: JSON has no infinity.</summary>
    public required double? Loss { get; init; }

    /// <summary>Null in a run without privacy.</summary>
    public required double? EpsilonMax { get; init; }

    public required double Delta { get; init; }

    public required double Seconds { get; init; }

    public required string Report { get; init; }

    public static SimulateFigures Of(SimulationResult result, string report) => new()
    {
        Name = result.Name,
        Method = result.Method,
        Untrained = result.Untrained.Accuracy,
        Accuracy = result.Final.Accuracy,
        MacroF1 = result.Final.MacroF1,
        Loss = double.IsFinite(result.Final.Loss) ? result.Final.Loss : null,
        EpsilonMax = result.IsPrivate ? QualityRow.EpsilonMaxOf(result) : null,
        Delta = result.Delta,
        Seconds = result.Seconds,
        Report = report,
    };
}
