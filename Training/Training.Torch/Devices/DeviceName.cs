using System.Globalization;

namespace FedLowRank.Training.Torch.Devices;

/// <summary>The name of a device: <c>cpu</c>, <c>cuda</c> (the first GPU) or <c>cuda:N</c>.</summary>
/// <param name="CudaIndex">The GPU by CUDA's count, from 0; null for the processor.</param>
public sealed record DeviceName(int? CudaIndex)
{
    private const string Cuda = "cuda";
    private const int CudaIndexMax = 127;

    /// <summary>Reads a name.</summary>
    /// <exception cref="EngineException">It is none.</exception>
    public static DeviceName Parse(string text)
    {
        if (text == "cpu") return new((int?)null);
        if (text == Cuda) return new(0);
        return text.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && int.TryParse(
                text.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index <= CudaIndexMax
            ? new(index)
            : throw new EngineException(
                $"device is '{text}'; expected cpu, cuda or cuda:N with N from 0 to {CudaIndexMax}",
                "name the processor or one of the GPUs, which nvidia-smi lists");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        CudaIndex is { } index ? FormattableString.Invariant($"{Cuda}:{index}") : "cpu";
}
