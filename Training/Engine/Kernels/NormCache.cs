namespace FedLowRank.Training.Engine.Kernels;

/// <summary>What a layer norm keeps for its backward pass.</summary>
internal sealed class NormCache : IDisposable
{
    /// <summary>Rows x width: the values before gamma and beta.</summary>
    public AlignedBuffer Normalized { get; } = new();

    /// <summary>Rows: 1 / std.</summary>
    public AlignedBuffer InverseStd { get; } = new();

    public void Dispose()
    {
        Normalized.Dispose();
        InverseStd.Dispose();
    }
}
