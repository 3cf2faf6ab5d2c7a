using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// The state before round 0, from a public seed or from a matrix that is handed in. Each tensor draws from its own
/// sequence, so its values depend on the seed and its name and shape alone; the same seed gives the same bits on every
/// machine.
/// </summary>
public static class AdapterStart
{
    /// <summary>One layer with A as asked, from a seed alone, and B = 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The start needs more than a seed.</exception>
    public static LoraFactors Layer(LoraShape shape, FactorStart start, ulong seed)
    {
        var a = start switch
        {
            FactorStart.Kaiming => Kaiming(shape.A, seed),
            FactorStart.Orthonormal => OrthonormalRows(shape.A, seed),
            _ => throw new ArgumentOutOfRangeException(nameof(start), start, "needs more than a seed"),
        };
        return new LoraFactors(shape, a, new double[shape.B.Count]);
    }

    /// <summary>One layer as in <see cref="FactorStart.Principal"/>, with B = 0.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="weight">W, d_out x d_in.</param>
    /// <exception cref="ArgumentException">W does not fit the shape, or a value is not finite.</exception>
    public static LoraFactors Principal(LoraShape shape, Matrix weight)
    {
        RequireSize(shape, weight, shape.OutputWidth, shape.InputWidth);
        return WithA(shape, DominantDirections.OfRows(weight, shape.Rank));
    }

    /// <summary>One layer as in <see cref="FactorStart.Calibrated"/>, with B = 0.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="secondMoment">E[x x^T], d_in x d_in, or any multiple of it.</param>
    /// <exception cref="ArgumentException">The moment does not fit the shape, or a value is not finite.</exception>
    public static LoraFactors Calibrated(LoraShape shape, Matrix secondMoment)
    {
        RequireSize(shape, secondMoment, shape.InputWidth, shape.InputWidth);
        return WithA(shape, DominantDirections.OfSymmetric(secondMoment, shape.Rank));
    }

    /// <summary>
    /// A random orthogonal matrix that no round trains, for a hidden layer of the head: it keeps lengths and angles of
    /// what it is given.
    /// </summary>
    /// <exception cref="ArgumentException">The tensor is not square.</exception>
    public static NamedTensor FrozenOrthogonal(TensorSpec spec, ulong seed)
    {
        if (spec.Rows != spec.Columns)
        {
            throw new ArgumentException(
                $"{spec.Name} is {spec.Rows} x {spec.Columns}; expected a square", nameof(spec));
        }

        return new NamedTensor(spec, OrthonormalRows(spec, seed), isTrained: false);
    }

    /// <summary>A tensor of zeros.</summary>
    public static NamedTensor Zeros(TensorSpec spec, bool isTrained = true)
        => new(spec, new double[spec.Count], isTrained);

    /// <summary>
    /// One layer from which the gradient of A is a sketch of the gradient of W: A = 0, so that the model is unchanged,
    /// and a random B with orthonormal columns.
    /// </summary>
    public static LoraFactors BeforeSketch(LoraShape shape, ulong seed)
        => new(shape, new double[shape.A.Count], RandomB(shape, seed).Values);

    /// <summary>One layer as in <see cref="FactorStart.GradientSketch"/>, with B = 0.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="sketch">Any multiple of the gradient of A at <see cref="BeforeSketch"/>, r x d_in.</param>
    /// <exception cref="ArgumentException">
    /// The sketch has another length than A, or a value is not finite.
    /// </exception>
    public static LoraFactors FromSketch(LoraShape shape, ReadOnlySpan<double> sketch)
    {
        var rows = new Matrix(shape.Rank, shape.InputWidth, sketch.ToArray());
        return WithA(shape, ThinSvd.Of(rows.Transposed()).U.Transposed());
    }

    /// <summary>
    /// The same A for a method that trains R alone: R = 0 and orthonormal B, the model unchanged as with any start.
    /// </summary>
    /// <param name="layer">A layer with orthonormal rows of A.</param>
    /// <param name="seed">Of a random B, where the weight is not given.</param>
    /// <param name="weight">
    /// W, d_out x d_in, to take the left singular vectors of its largest singular values as B; or null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A has no orthonormal rows, W does not fit the shape, or a value is not finite.
    /// </exception>
    public static LoraFactors WithInner(LoraFactors layer, ulong seed, Matrix? weight = null)
    {
        var shape = layer.Shape;
        if (!(FactorRefresh.OrthonormalityError(Factors.A(layer)) <= FactorRefresh.OrthonormalTolerance))
        {
            throw new ArgumentException($"{shape.A.Name} has no orthonormal rows", nameof(layer));
        }

        if (weight is not null)
        {
            RequireSize(shape, weight, shape.OutputWidth, shape.InputWidth);
        }

        var b = weight is null
            ? RandomB(shape, seed)
            : DominantDirections.OfRows(weight.Transposed(), shape.Rank).Transposed();
        return new LoraFactors(shape, layer.A.ToArray(), b.Values, new double[shape.Inner.Count]);
    }

    /// <summary>Orthonormal columns, d_out x r.</summary>
    private static Matrix RandomB(LoraShape shape, ulong seed)
    {
        var transposed = new TensorSpec(shape.B.Name, shape.Rank, shape.OutputWidth);
        return new Matrix(shape.Rank, shape.OutputWidth, OrthonormalRows(transposed, seed)).Transposed();
    }

    private static LoraFactors WithA(LoraShape shape, Matrix a) => new(shape, a.Values, new double[shape.B.Count]);

    /// <summary>Checks a matrix that is handed in.</summary>
    /// <exception cref="ArgumentException">It has another size.</exception>
    internal static void RequireSize(LoraShape shape, Matrix matrix, int rows, int columns)
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException(
                $"{shape.Module}: a {matrix.Rows} x {matrix.Columns} matrix; expected {rows} x {columns}",
                nameof(matrix));
        }
    }

    /// <summary>U(-1 / sqrt(columns), 1 / sqrt(columns)).</summary>
    private static double[] Kaiming(TensorSpec spec, ulong seed)
    {
        var sequence = new SeededSequence(seed, spec.Name);
        var bound = 1 / Math.Sqrt(spec.Columns);
        var values = new double[spec.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = bound * sequence.NextSymmetric();
        }

        return values;
    }

    /// <summary>
    /// Q^T of the QR decomposition of a normal matrix: uniform (Haar) since R's diagonal is positive (Mezzadri, Notices
    /// of the AMS 54(5), 2007).
    /// </summary>
    private static double[] OrthonormalRows(TensorSpec spec, ulong seed)
    {
        var sequence = new SeededSequence(seed, spec.Name);
        var normal = new Matrix(spec.Rows, spec.Columns);
        var values = normal.Values;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = sequence.NextNormal();
        }

        return ThinQr.Of(normal.Transposed()).Q.Transposed().Values;
    }
}
