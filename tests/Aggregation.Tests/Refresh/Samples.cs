using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>Seeded matrices with known properties, the same bits on every machine.</summary>
internal static class Samples
{
    public static Matrix Normal(int rows, int columns, ulong seed)
    {
        var sequence = new SeededSequence(seed, "normal");
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < rows * columns; i++)
        {
            matrix.Values[i] = sequence.NextNormal();
        }

        return matrix;
    }

    public static Matrix OrthonormalRows(int rows, int columns, ulong seed)
        => ThinQr.Of(Normal(columns, rows, seed)).Q.Transposed();

    /// <summary>U diag(S) V^T with random orthonormal U (rows x n) and V (n x n).</summary>
    public static Matrix WithSpectrum(int rows, double[] singularValues, ulong seed)
    {
        var left = OrthonormalRows(singularValues.Length, rows, seed);
        for (var i = 0; i < singularValues.Length; i++)
        {
            foreach (ref var value in left.Row(i))
            {
                value *= singularValues[i];
            }
        }

        return left.Transposed().Times(OrthonormalRows(singularValues.Length, singularValues.Length, seed + 1));
    }

    /// <summary>n values from 1 down to 1 / condition, evenly spaced in the exponent.</summary>
    public static double[] Geometric(int count, double condition)
        => [.. Enumerable.Range(0, count).Select(i => Math.Pow(condition, -i / (count - 1.0)))];

    public static LoraFactors Factors(Matrix a, Matrix b, double alpha = 16)
        => new(new LoraShape("layer", a.Columns, b.Rows, a.Rows, alpha), a.Values, b.Values);

    public static Matrix A(this LoraFactors factors)
        => new(factors.Shape.Rank, factors.Shape.InputWidth, factors.A.ToArray());

    public static Matrix B(this LoraFactors factors)
        => new(factors.Shape.OutputWidth, factors.Shape.Rank, factors.B.ToArray());

    public static Matrix Product(this LoraFactors factors) => factors.B().Times(factors.A());

    /// <summary>MathNet's form, which is column-major.</summary>
    public static DenseMatrix Dense(this Matrix matrix)
        => new(matrix.Rows, matrix.Columns, matrix.Transposed().Values);

    /// <summary>|x - y| / |y| in the Frobenius norm; the plain norm of x where y is 0.</summary>
    public static double RelativeDifference(Matrix x, Matrix y)
    {
        var norm = y.Dense().FrobeniusNorm();
        return (x.Dense() - y.Dense()).FrobeniusNorm() / (norm == 0 ? 1 : norm);
    }

    public static double ColumnError(Matrix columns) => FactorRefresh.OrthonormalityError(columns.Transposed());
}
