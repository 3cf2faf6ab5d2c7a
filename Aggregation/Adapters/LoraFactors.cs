namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// The float64 master values of one layer's factors. The arrays are owned by this object and never written again:
/// a change makes a new object.
/// </summary>
public sealed class LoraFactors
{
    private readonly double[] a;
    private readonly double[] b;

    /// <summary>Takes ownership of both arrays, row-major.</summary>
    /// <exception cref="ArgumentException">A length does not fit the shape.</exception>
    public LoraFactors(LoraShape shape, double[] a, double[] b)
    {
        if (a.Length != shape.A.Count || b.Length != shape.B.Count)
        {
            throw new ArgumentException(
                $"{shape.Module}: A has {a.Length} values and B {b.Length}; "
                + $"expected {shape.A.Count} and {shape.B.Count}",
                nameof(a));
        }

        Shape = shape;
        this.a = a;
        this.b = b;
    }

    /// <summary>Shapes and scale.</summary>
    public LoraShape Shape { get; }

    /// <summary>A, r x d_in.</summary>
    public ReadOnlySpan<double> A => a;

    /// <summary>B, d_out x r.</summary>
    public ReadOnlySpan<double> B => b;

    /// <summary>The same layer with other factors.</summary>
    public LoraFactors With(double[]? newA = null, double[]? newB = null) => new(Shape, newA ?? a, newB ?? b);
}
