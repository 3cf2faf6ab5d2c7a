using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Training.Torch;

/// <summary>How a Torch engine uses its device.</summary>
public sealed record TorchEngineOptions
{
    /// <summary><c>cpu</c>, <c>cuda</c> (the first) or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Of frozen weights and activations.</summary>
    public TorchPrecision Precision { get; init; } = TorchPrecision.Full;

    /// <summary>
    /// How the frozen weights of the linear layers are held. Codes are unpacked where a layer uses them, forward and
    /// back; so that no graph keeps what is unpacked, each layer is then differentiated by itself, as with
    /// <see cref="Recompute"/>.
    /// </summary>
    public WeightFormat Format { get; init; } = WeightFormat.Full;

    /// <summary>
    /// Whether the backward pass computes the activations of each layer anew instead of keeping them: about a third
    /// more work, memory of one layer instead of all.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>
    /// Most bytes of device memory to plan micro-batches with, more than the weights take, which are included; null for
    /// nine tenths of what a GPU has free when the weights are there, or half of what the machine has. An example that
    /// is estimated to take more goes alone.
    /// </summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>Threads on the CPU; null for as many as there are cores.</summary>
    public int? Threads { get; init; }

    /// <summary>True where <see cref="Format"/> is one of codes.</summary>
    internal bool IsQuantized => Format != WeightFormat.Full;
}
