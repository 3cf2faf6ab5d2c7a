using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>
/// Goal: each kernel keeps its own promise. Method: the definitions, and MathNet for products and spectra.
/// </summary>
public sealed class LinearAlgebraTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(33, 8)]
    [InlineData(20, 20)]
    [InlineData(300, 64)]
    public void Thin_qr_reproduces_the_matrix(int rows, int columns)
    {
        var matrix = Samples.Normal(rows, columns, 30);
        var (q, r) = ThinQr.Of(matrix);
        Assert.True(Samples.ColumnError(q) < 1e-13);
        Assert.True(Samples.RelativeDifference(q.Times(r), matrix) < 1e-13);
        AssertUpperTriangular(r);
    }

    [Fact]
    public void Thin_qr_of_a_rank_deficient_matrix_still_has_an_orthonormal_Q()
    {
        var matrix = Samples.Normal(10, 4, 31);
        for (var i = 0; i < 10; i++)
        {
            matrix[i, 0] = 0;
            matrix[i, 2] = 2 * matrix[i, 1];
        }

        var (q, r) = ThinQr.Of(matrix);
        Assert.True(Samples.ColumnError(q) < 1e-14);
        Assert.True(Samples.RelativeDifference(q.Times(r), matrix) < 1e-14);
        AssertUpperTriangular(r);
    }

    [Fact]
    public void Thin_qr_of_zero_is_the_first_axes()
    {
        var (q, r) = ThinQr.Of(new Matrix(6, 2));
        Assert.Equal(0, Samples.ColumnError(q));
        Assert.All(r.Values, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(64)]
    public void Jacobi_diagonalises_in_descending_order(int size)
    {
        var normal = Samples.Normal(size, size, 32);
        var symmetric = Gram.OfColumns(Matrix.Normalize(normal).Scaled);
        var v = SymmetricJacobi.Eigenvectors(symmetric);
        var diagonal = v.Transposed().Times(symmetric).Times(v);
        Assert.True(FactorRefresh.OrthonormalityError(v) < 1e-13);
        var expected = symmetric.Dense().Evd().EigenValues.Select(e => e.Real).OrderDescending().ToArray();
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                Assert.Equal(i == j ? expected[i] : 0, diagonal[i, j], expected[0] * 1e-13);
            }
        }
    }

    [Fact]
    public void Jacobi_orders_equal_eigenvalues_as_they_come()
        => Assert.Equal(Matrix.Identity(5).Values, SymmetricJacobi.Eigenvectors(Matrix.Identity(5)).Values);

    [Fact]
    public void Gram_products_agree_with_the_dense_product()
    {
        var matrix = Samples.Normal(37, 6, 33);
        var dense = matrix.Dense();
        Assert.True((Gram.OfColumns(matrix).Dense() - dense.TransposeThisAndMultiply(dense)).FrobeniusNorm() < 1e-12);
        Assert.True((Gram.OfRows(matrix).Dense() - dense.TransposeAndMultiply(dense)).FrobeniusNorm() < 1e-12);
    }

    [Theory]
    [InlineData(40, 24, 4)]
    [InlineData(24, 40, 8)]
    public void The_spectrum_is_that_of_the_scaled_dense_product(int outputWidth, int inputWidth, int rank)
    {
        var factors = Samples.Factors(
            Samples.Normal(rank, inputWidth, 34), Samples.Normal(outputWidth, rank, 35), alpha: 32);
        var expected = factors.Product().Dense().Svd(computeVectors: false).S;
        var spectrum = AdapterSpectrum.SingularValues(factors);
        Assert.Equal(rank, spectrum.Length);
        for (var i = 0; i < rank; i++)
        {
            Assert.Equal(expected[i] * 32 / rank, spectrum[i], 1e-11);
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_an_error()
    {
        Assert.Throws<ArgumentException>(() => new Matrix(2, 3, new double[5]));
        Assert.Throws<ArgumentException>(() => new Matrix(2, 3).Times(new Matrix(2, 3)));
        Assert.Throws<ArgumentException>(() => ThinQr.Of(new Matrix(2, 3)));
    }

    private static void AssertUpperTriangular(Matrix r)
    {
        for (var i = 0; i < r.Rows; i++)
        {
            Assert.True(r[i, i] >= 0);
            for (var j = 0; j < i; j++)
            {
                Assert.Equal(0, r[i, j]);
            }
        }
    }
}
