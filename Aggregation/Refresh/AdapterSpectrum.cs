using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>What an adapter adds to a layer's weights, seen through its singular values.</summary>
public static class AdapterSpectrum
{
    /// <summary>
    /// The r largest singular values of what the layer adds to W, descending. Where that is a pair alone, (alpha / r)
    /// B A, the others are 0; where the frozen weights changed too, there are more.
    /// </summary>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static double[] SingularValues(LoraFactors factors)
    {
        var whole = factors.Folded();
        var (a, b, shape) = (Factors.A(whole), Factors.B(whole), whole.Shape);
        if (factors.Change is not null)
        {
            // Of a high rank only the first few are asked for; the rows of B A V^T, V their directions, hold them.
            var directions = DominantDirections.OfProduct(b, a, factors.Shape.Rank);
            b = b.Times(a.Times(directions.Transposed()));
            a = directions;
        }

        var r = ThinQr.Of(a.Transposed()).R; // A = R^T Q^T, and Q^T changes no singular value
        var values = ThinSvd.Of(b.Times(r.Transposed())).SingularValues.ToArray();
        return [.. values.Select(s => shape.Scale * s)];
    }
}
