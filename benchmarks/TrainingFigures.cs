using System.Globalization;

namespace FedLowRank.Benchmarks;

/// <summary>What was measured of one case; ratios of rates above 1 are in our favour, of memory below 1.</summary>
internal sealed record TrainingFigures
{
    public required string Model { get; init; }

    public required int Length { get; init; }

    public required double? StepVsTorchNonprivate { get; init; }

    public required double? StepVsTorchOpacus { get; init; }

    public required double? StepVsTorchLeaf { get; init; }

    public required double? EvaluationVsTorch { get; init; }

    public required double? MemoryVsTorchOpacus { get; init; }

    public required double GemmPeakFraction { get; init; }

    public required double StepPeakFraction { get; init; }

    public required double StepExamplesPerSecond { get; init; }

    public required double EvaluationExamplesPerSecond { get; init; }

    public required double PeakGflops { get; init; }

    public required string Kernel { get; init; }

    public IEnumerable<string> Lines(IEnumerable<string> peers)
    {
        yield return Text($"{Model}, {Length} tokens, {Kernel}, peak {PeakGflops:f0} GFLOP/s");
        yield return Text($"  step {StepExamplesPerSecond:f1} examples/s, {StepPeakFraction:p0} of the peak");
        yield return Text($"  evaluation {EvaluationExamplesPerSecond:f1} examples/s; products {GemmPeakFraction:p0}");
        yield return Text($"  step over PyTorch without privacy {StepVsTorchNonprivate:f2}");
        yield return Text($"  step over PyTorch as Opacus does it {StepVsTorchOpacus:f2}");
        yield return Text($"  step over PyTorch with a leaf for each example {StepVsTorchLeaf:f2}");
        yield return Text($"  evaluation over PyTorch {EvaluationVsTorch:f2}, memory {MemoryVsTorchOpacus:f2}");
        yield return $"  PyTorch (threads, micro-batch): {string.Join(", ", peers)}";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
