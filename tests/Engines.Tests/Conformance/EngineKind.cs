using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Conformance;

/// <summary>An engine with options, and how exact it is.</summary>
/// <param name="Name">For tables.</param>
/// <param name="BatchTolerance">
/// Largest difference between an example's gradient in a batch and alone, as a share of its largest value.
/// </param>
/// <param name="Create">Makes it.</param>
public sealed record EngineKind(
    string Name, double BatchTolerance, Func<ModelConfig, IWeightSource, ITrainingEngine> Create)
{
    /// <summary>The reference: the same bits, whatever stands beside an example.</summary>
    public static EngineKind Cpu { get; } = new(
        "CPU engine", 0, (config, weights) => new CpuEngine(config, weights, new CpuEngineOptions { Workers = 2 }));

    /// <summary>libtorch chooses its kernels by the shape of the batch, and they round differently.</summary>
    public static EngineKind Torch { get; } = OnTorch("Torch", 2e-5, new());

    /// <inheritdoc cref="Torch"/>
    public static EngineKind TorchRecomputing { get; } =
        OnTorch("Torch, recomputing", 2e-5, new() { Recompute = true });

    /// <summary>With 8 bits of mantissa.</summary>
    public static EngineKind TorchBFloat16 { get; } =
        OnTorch("Torch, BF16", 0.05, new() { Precision = TorchPrecision.BFloat16 });

    /// <summary>With the weights of a folder.</summary>
    public ITrainingEngine Open(string folder)
    {
        using var files = HuggingFaceWeights.Open(folder);
        return Create(ModelConfig.Read(Path.Combine(folder, "config.json")), new FolderWeights(files, folder));
    }

    private static EngineKind OnTorch(string name, double batchTolerance, TorchEngineOptions options) => new(
        name, batchTolerance, (config, weights) => new TorchEngine(config, weights, options with { Threads = 1 }));
}
