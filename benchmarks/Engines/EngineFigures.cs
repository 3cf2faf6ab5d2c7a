namespace FedLowRank.Benchmarks.Engines;

/// <summary>Medians of one case; without the Torch agent its figures and the ratios are null.</summary>
internal sealed record EngineFigures
{
    public required string Model { get; init; }

    public required int Batch { get; init; }

    public required double CpuStepSeconds { get; init; }

    public required double CpuPeakMib { get; init; }

    public required double? TorchStepSeconds { get; init; }

    public required double? TorchPeakMib { get; init; }

    /// <summary>Time of a Torch step over that of the CPU engine's.</summary>
    public double? StepRatio => TorchStepSeconds / CpuStepSeconds;

    /// <summary>Peak memory of the process with Torch over that with the CPU engine.</summary>
    public double? PeakRatio => TorchPeakMib / CpuPeakMib;
}
