using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// The state before round 0, from a public seed. Each tensor draws from its own sequence, so its values depend on the
/// seed and its name and shape alone; the same seed gives the same bits on every machine.
/// </summary>
public static class AdapterStart
{
    /// <summary>One layer with A as asked and B = 0.</summary>
    public static LoraFactors Layer(LoraShape shape, FactorStart start, ulong seed)
    {
        var a = start switch
        {
            FactorStart.Kaiming => Kaiming(shape.A, seed),
            FactorStart.Orthonormal => OrthonormalRows(shape.A, seed),
            _ => throw new ArgumentOutOfRangeException(nameof(start), start, "there is no such start"),
        };
        return new LoraFactors(shape, a, new double[shape.B.Count]);
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
