using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>Rows x r for each adapted linear of one layer: A x, and R A x where R is trained.</summary>
internal sealed class LowRankCache : IDisposable
{
    private readonly Dictionary<FrozenLinear, (AlignedBuffer Down, AlignedBuffer Inner)> buffersByLinear = [];

    /// <summary>The buffers of one adapted linear.</summary>
    public (AlignedBuffer Down, AlignedBuffer Inner) Of(FrozenLinear linear)
    {
        if (!buffersByLinear.TryGetValue(linear, out var buffers))
        {
            buffers = (new AlignedBuffer(), new AlignedBuffer());
            buffersByLinear.Add(linear, buffers);
        }

        return buffers;
    }

    public void Dispose()
    {
        foreach (var (down, inner) in buffersByLinear.Values)
        {
            down.Dispose();
            inner.Dispose();
        }
    }
}
