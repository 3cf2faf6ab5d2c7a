using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>What an adapter adds to a layer's weights, seen through its singular values.</summary>
public static class AdapterSpectrum
{
    /// <summary>The r largest singular values of (alpha / r) B A, descending, for any A; the others are 0.</summary>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static double[] SingularValues(LoraFactors factors)
    {
        var shape = factors.Shape;
        var a = new Matrix(shape.Rank, shape.InputWidth, factors.A.ToArray());
        var b = new Matrix(shape.OutputWidth, shape.Rank, factors.B.ToArray());
        var r = ThinQr.Of(a.Transposed()).R; // A = R^T Q^T, and Q^T changes no singular value
        var values = ThinSvd.Of(b.Times(r.Transposed())).SingularValues.ToArray();
        return [.. values.Select(s => shape.Scale * s)];
    }
}
