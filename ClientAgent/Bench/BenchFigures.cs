namespace FedLowRank.ClientAgent.Bench;

/// <summary>What <c>bench --json</c> says.</summary>
internal sealed record BenchFigures
{
    /// <summary>As the server is told.</summary>
    public required string Device { get; init; }

    /// <summary>The folder or the shape.</summary>
    public required string Model { get; init; }

    /// <summary>How the frozen weights are held.</summary>
    public required string Weights { get; init; }

    /// <summary>Values that a step trains.</summary>
    public required int Trained { get; init; }

    public required int Rank { get; init; }

    /// <summary>Examples in a step.</summary>
    public required int Batch { get; init; }

    /// <summary>Of each example.</summary>
    public required int Tokens { get; init; }

    /// <summary>The median.</summary>
    public required double StepSeconds { get; init; }

    public required double TokensPerSecond { get; init; }

    /// <summary>Of memory that lay in RAM.</summary>
    public required long ProcessPeakBytes { get; init; }

    /// <summary>Null where the device's memory is the process's.</summary>
    public required long? DevicePeakBytes { get; init; }
}
