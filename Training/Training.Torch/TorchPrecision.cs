namespace FedLowRank.Training.Torch;

/// <summary>
/// What a Torch engine holds frozen weights and activations in. Sums of gradients are float64 in both.
/// </summary>
public enum TorchPrecision
{
    /// <summary>F32.</summary>
    Full,

    /// <summary>BF16; norms, soft-max, loss and the trained values stay F32.</summary>
    BFloat16,
}
