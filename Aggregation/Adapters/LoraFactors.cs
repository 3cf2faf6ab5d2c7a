using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// The float64 master values of one layer's factors. The arrays are owned by this object and never written again:
/// a change makes a new object.
/// </summary>
public sealed class LoraFactors
{
    private readonly double[] a;
    private readonly double[] b;
    private readonly double[]? inner;

    /// <summary>Takes ownership of the arrays, row-major.</summary>
    /// <param name="shape">Shapes and scale.</param>
    /// <param name="a">A, r x d_in.</param>
    /// <param name="b">B, d_out x r.</param>
    /// <param name="inner">R between the factors, r x r; null where it is the identity.</param>
    /// <param name="change">A change of the frozen weights beside the pair, or null.</param>
    /// <exception cref="ArgumentException">A length does not fit the shape.</exception>
    public LoraFactors(LoraShape shape, double[] a, double[] b, double[]? inner = null, BaseChange? change = null)
    {
        if (a.Length != shape.A.Count || b.Length != shape.B.Count)
        {
            throw new ArgumentException(
                $"{shape.Module}: A has {a.Length} values and B {b.Length}; "
                + $"expected {shape.A.Count} and {shape.B.Count}",
                nameof(a));
        }

        if (inner is not null && inner.Length != shape.Inner.Count)
        {
            throw new ArgumentException(
                $"{shape.Module}: R has {inner.Length} values; expected {shape.Inner.Count}", nameof(inner));
        }

        if (change is not null
            && (change.Left.Rows != shape.OutputWidth || change.Right.Columns != shape.InputWidth))
        {
            throw new ArgumentException(
                $"{shape.Module}: the change is {change.Left.Rows} x {change.Right.Columns}; "
                + $"expected {shape.OutputWidth} x {shape.InputWidth}",
                nameof(change));
        }

        Shape = shape;
        this.a = a;
        this.b = b;
        this.inner = inner;
        Change = change;
    }

    /// <summary>Shapes and scale.</summary>
    public LoraShape Shape { get; }

    /// <summary>A, r x d_in.</summary>
    public ReadOnlySpan<double> A => a;

    /// <summary>B, d_out x r.</summary>
    public ReadOnlySpan<double> B => b;

    /// <summary>R, r x r; empty where it is the identity.</summary>
    public ReadOnlySpan<double> Inner => inner;

    /// <summary>The exact change of the frozen weights beside the pair, or null.</summary>
    public BaseChange? Change { get; }

    /// <summary>The same layer with other values where given.</summary>
    public LoraFactors With(double[]? newA = null, double[]? newB = null, double[]? newInner = null)
        => new(Shape, newA ?? a, newB ?? b, newInner ?? inner, Change);

    /// <summary>The same layer with <paramref name="left"/> <paramref name="right"/> added to its weights.</summary>
    /// <param name="left">d_out x k.</param>
    /// <param name="right">k x d_in.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public LoraFactors PlusChange(Matrix left, Matrix right)
        => new(Shape, a, b, inner, Change?.Plus(left, right) ?? new BaseChange(left, right));

    /// <summary>
    /// The first <paramref name="rank"/> rows of A and columns of B, for an agent that trains a lower rank. Alpha falls
    /// with the rank, so that alpha / r, and with it what each direction adds to the weights, stays as it is.
    /// </summary>
    /// <param name="rank">From 1; from r on nothing is cut.</param>
    public LoraFactors Truncated(int rank)
    {
        if (rank >= Shape.Rank)
        {
            return this;
        }

        var small = Shape.WithRank(rank);
        return new LoraFactors(
            small,
            RankPadding.Corner(a, Shape.A, small.A),
            RankPadding.Corner(b, Shape.B, small.B),
            inner is null ? null : RankPadding.Corner(inner, Shape.Inner, small.Inner),
            Change);
    }

    /// <summary>
    /// One plain pair with the same effect: R multiplied into B, and the change of the weights, where there is one,
    /// beside the factors (rank r + k, alpha / r = 1).
    /// </summary>
    public LoraFactors Folded()
    {
        if (inner is not null)
        {
            var turned = Factors.B(this).Times(new Matrix(Shape.Rank, Shape.Rank, inner));
            return new LoraFactors(Shape, a, turned.Values, null, Change).Folded();
        }

        if (Change is null)
        {
            return this;
        }

        var scaledB = new Matrix(Shape.OutputWidth, Shape.Rank, [.. b.Select(v => Shape.Scale * v)]);
        var whole = Change.Plus(scaledB, new Matrix(Shape.Rank, Shape.InputWidth, a));
        var shape = new LoraShape(Shape.Module, Shape.InputWidth, Shape.OutputWidth, whole.Rank, whole.Rank);
        return new LoraFactors(shape, whole.Right.Values, whole.Left.Values);
    }
}
