namespace FedLowRank.Aggregation.Refresh;

/// <summary>Makes a decomposition unique: which vector comes first and which sign it has.</summary>
internal static class CanonicalOrder
{
    /// <summary>Indices by descending value; equal values keep their order.</summary>
    public static int[] Descending(double[] values)
        => [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];

    /// <summary>-1 where the entry of largest magnitude (the first of equals) is negative, else 1.</summary>
    public static double Sign(ReadOnlySpan<double> vector)
    {
        var largest = 0.0;
        foreach (var value in vector)
        {
            if (Math.Abs(value) > Math.Abs(largest))
            {
                largest = value;
            }
        }

        return largest < 0 ? -1 : 1;
    }
}
