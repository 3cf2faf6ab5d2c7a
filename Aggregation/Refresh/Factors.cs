using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Refresh;

/// <summary>A layer's factors as working matrices.</summary>
internal static class Factors
{
    /// <summary>A copy of A, r x d_in.</summary>
    public static Matrix A(LoraFactors layer) => Of(layer.Shape.A, layer.A);

    /// <summary>A copy of B, d_out x r.</summary>
    public static Matrix B(LoraFactors layer) => Of(layer.Shape.B, layer.B);

    private static Matrix Of(TensorSpec spec, ReadOnlySpan<double> values)
        => new(spec.Rows, spec.Columns, values.ToArray());
}
