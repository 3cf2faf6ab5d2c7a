namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// Between the tensors of a low rank and those of a higher one, whose first rows and columns they are.
/// </summary>
public static class RankPadding
{
    /// <summary>
    /// A flat vector of <paramref name="small"/> in <paramref name="whole"/>, with zeros where the small tensors have
    /// no values: as a difference, "not changed".
    /// </summary>
    /// <param name="small">The same tensors as <paramref name="whole"/> in the same order, none of them larger.</param>
    /// <param name="values">Flat in <paramref name="small"/>.</param>
    /// <param name="whole">The layout of the result.</param>
    /// <exception cref="ArgumentException">The layouts do not fit.</exception>
    public static float[] Pad(TensorLayout small, ReadOnlySpan<float> values, TensorLayout whole)
    {
        if (!small.Tensors.Select(t => t.Name).SequenceEqual(whole.Tensors.Select(t => t.Name), StringComparer.Ordinal)
            || small.Tensors.Zip(whole.Tensors).Any(t => !Fits(t.First, t.Second)))
        {
            throw new ArgumentException("the tensors are not the same ones, or one is larger", nameof(small));
        }

        var padded = new float[whole.Count];
        for (var t = 0; t < small.Tensors.Length; t++)
        {
            var (from, to) = (small.Tensors[t], whole.Tensors[t]);
            var source = small.Slice(values, t);
            var target = whole.Slice(padded.AsSpan(), t);
            for (var row = 0; row < from.Rows; row++)
            {
                source.Slice(row * from.Columns, from.Columns).CopyTo(target[(row * to.Columns)..]);
            }
        }

        return padded;
    }

    /// <summary>The first rows and columns of a tensor, as many as <paramref name="small"/> has.</summary>
    public static double[] Corner(ReadOnlySpan<double> values, TensorSpec whole, TensorSpec small)
    {
        var corner = new double[small.Count];
        for (var row = 0; row < small.Rows; row++)
        {
            values.Slice(row * whole.Columns, small.Columns).CopyTo(corner.AsSpan(row * small.Columns));
        }

        return corner;
    }

    private static bool Fits(TensorSpec small, TensorSpec whole)
        => small.Rows <= whole.Rows && small.Columns <= whole.Columns;
}
