using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>
/// Goal: U and V are orthonormal for every condition number and rank, and singular values agree with a dense SVD.
/// Method: matrices of known spectrum, MathNet as the reference.
/// </summary>
public sealed class ThinSvdTests
{
    [Theory]
    [InlineData(64, 8, 1)]
    [InlineData(64, 8, 1e3)]
    [InlineData(64, 8, 1e6)]
    [InlineData(64, 8, 1e9)]
    [InlineData(64, 8, 1e12)]
    [InlineData(512, 16, 1e12)]
    [InlineData(256, 64, 1e12)]
    [InlineData(16, 16, 1e12)]
    public void Factors_are_orthonormal_up_to_condition_1e12(int rows, int columns, double condition)
    {
        var matrix = Samples.WithSpectrum(rows, Samples.Geometric(columns, condition), 20);
        var svd = ThinSvd.Of(matrix);

        AssertDecomposes(matrix, svd);
        var reference = matrix.Dense().Svd(computeVectors: false).S;
        for (var i = 0; i < columns; i++)
        {
            Assert.Equal(reference[i], svd.SingularValues[i], 1e-13);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_lower_rank_is_completed(int rank)
    {
        var spectrum = Enumerable.Range(0, 8).Select(i => i < rank ? Math.Pow(10, -i) : 0.0).ToArray();
        var matrix = rank == 0 ? new Matrix(40, 8) : Samples.WithSpectrum(40, spectrum, 21);
        var svd = ThinSvd.Of(matrix);

        AssertDecomposes(matrix, svd);
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(spectrum[i], svd.SingularValues[i], 1e-14);
            Assert.Equal(i < rank, svd.SingularValues[i] > 0);
        }
    }

    [Fact]
    public void Exact_rank_one_with_repeated_columns_is_completed()
    {
        var matrix = new Matrix(12, 3);
        for (var i = 0; i < 12; i++)
        {
            matrix[i, 0] = matrix[i, 1] = matrix[i, 2] = i + 1;
        }

        var svd = ThinSvd.Of(matrix);
        AssertDecomposes(matrix, svd);
        Assert.Equal([Math.Sqrt(3 * 650), 0, 0], svd.SingularValues.ToArray(), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void The_zero_matrix_gives_the_first_axes()
    {
        var svd = ThinSvd.Of(new Matrix(5, 3));
        Assert.Equal(Matrix.Identity(3).Values, svd.V.Values);
        Assert.Equal(0, Samples.ColumnError(svd.U));
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void Extreme_scales_neither_overflow_nor_vanish(double size)
    {
        var matrix = Samples.WithSpectrum(32, [.. Samples.Geometric(4, 1e6).Select(s => s * size)], 22);
        var svd = ThinSvd.Of(matrix);
        Assert.True(Samples.ColumnError(svd.U) <= 1e-12);
        Assert.Equal(1e-6, svd.SingularValues[3] / svd.SingularValues[0], 1e-15);
    }

    [Fact]
    public void A_wide_matrix_is_an_error() => Assert.Throws<ArgumentException>(() => ThinSvd.Of(new Matrix(3, 4)));

    [Fact]
    public void Rows_are_completed_to_a_basis_from_any_count()
    {
        for (var known = 0; known <= 6; known++)
        {
            var rows = Samples.OrthonormalRows(6, 9, 23);
            var expected = rows.Values[..(known * 9)];
            OrthonormalCompletion.FillRows(rows, known);
            Assert.Equal(expected, rows.Values[..(known * 9)]);
            Assert.True(FactorRefresh.OrthonormalityError(rows) < 1e-14, $"{known} known rows");
        }
    }

    private static void AssertDecomposes(Matrix matrix, ThinSvd svd)
    {
        Assert.True(Samples.ColumnError(svd.U) <= 1e-12, $"U^T U - I = {Samples.ColumnError(svd.U)}");
        Assert.True(Samples.ColumnError(svd.V) <= 1e-12, $"V^T V - I = {Samples.ColumnError(svd.V)}");
        var product = new Matrix(svd.U.Rows, svd.U.Columns, [.. svd.U.Values]);
        for (var i = 0; i < product.Rows; i++)
        {
            for (var j = 0; j < product.Columns; j++)
            {
                product[i, j] *= svd.SingularValues[j];
            }
        }

        Assert.True(Samples.RelativeDifference(product.Times(svd.V.Transposed()), matrix) < 1e-13);
        for (var j = 0; j < svd.V.Columns; j++)
        {
            Assert.True(svd.V.Dense().Column(j).MaxBy(Math.Abs) > 0, $"column {j} of V has the wrong sign");
        }
    }
}
