using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>
/// Goal: the directions are those of a dense decomposition, orthonormal whatever the matrix. Method: MathNet's dense
/// SVD on spectra that fall, and the share of the matrix that is captured on a flat one.
/// </summary>
public sealed class DominantDirectionsTests
{
    [Theory]
    [InlineData(40, 24, 1)]
    [InlineData(40, 24, 4)]
    [InlineData(24, 40, 8)]
    [InlineData(64, 64, 8)]
    [InlineData(16, 16, 16)]
    [InlineData(8, 40, 12)]
    public void The_rows_are_the_leading_right_singular_vectors(int height, int width, int count)
    {
        var size = Math.Min(height, width);
        var spectrum = Samples.Geometric(size, Math.Pow(1.3, size - 1));
        var tall = Samples.WithSpectrum(Math.Max(height, width), spectrum, 1);
        var matrix = height >= width ? tall : tall.Transposed();
        var found = DominantDirections.OfRows(matrix, count);

        Assert.Equal((count, width), (found.Rows, found.Columns));
        Assert.True(FactorRefresh.OrthonormalityError(found) < 1e-13);
        var reference = matrix.Dense().Svd().VT;
        for (var i = 0; i < Math.Min(count, size); i++)
        {
            Assert.Equal(1, Math.Abs(found.Dense().Row(i) * reference.Row(i)), 1e-9);
            Assert.True(found.Row(i).ToArray().MaxBy(Math.Abs) > 0);
        }
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1)]
    [InlineData(1e200)]
    public void The_leading_eigenvectors_do_not_depend_on_the_size_of_the_values(double size)
    {
        var rows = Samples.WithSpectrum(60, Samples.Geometric(24, 1e4), 2);
        var moment = Gram.OfColumns(rows);
        var scaled = new Matrix(24, 24, [.. moment.Values.Select(v => v * size)]);
        var found = DominantDirections.OfSymmetric(scaled, 5);
        Assert.True(Samples.RelativeDifference(DominantDirections.OfRows(rows, 5), found) < 1e-7);
    }

    [Fact]
    public void A_flat_spectrum_gives_directions_that_hold_nearly_as_much_as_the_best()
    {
        var matrix = Samples.Normal(200, 200, 3);
        var found = DominantDirections.OfRows(matrix, 8);
        var best = Math.Sqrt(matrix.Dense().Svd().S.Take(8).Sum(s => s * s));
        var held = (found.Dense() * matrix.Transposed().Dense()).FrobeniusNorm();
        Assert.InRange(held / best, 0.9999, 1 + 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_matrix_of_too_low_rank_still_gives_orthonormal_rows(int rank)
    {
        var spectrum = Enumerable.Range(0, 12).Select(i => i < rank ? 1.0 : 0).ToArray();
        var found = DominantDirections.OfRows(Samples.WithSpectrum(30, spectrum, 4), 5);
        Assert.True(FactorRefresh.OrthonormalityError(found) < 1e-13);
    }

    [Fact]
    public void What_cannot_be_answered_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DominantDirections.OfRows(new Matrix(4, 4), 5));
        Assert.Throws<ArgumentException>(() => DominantDirections.OfSymmetric(new Matrix(4, 5), 2));
        var matrix = new Matrix(4, 4) { [1, 2] = double.NaN };
        Assert.Throws<ArgumentException>(() => DominantDirections.OfSymmetric(matrix, 2));
    }

    [Fact]
    public void Starts_take_the_directions_as_A_and_zero_as_B()
    {
        var shape = new LoraShape("q", inputWidth: 12, outputWidth: 20, rank: 3, alpha: 6);
        var weight = Samples.WithSpectrum(20, Samples.Geometric(12, 100), 5);
        var principal = AdapterStart.Principal(shape, weight);
        Assert.Equal(DominantDirections.OfRows(weight, 3).Values, principal.A.ToArray());
        Assert.All(principal.B.ToArray(), value => Assert.Equal(0, value));

        var moment = Gram.OfColumns(weight);
        var calibrated = AdapterStart.Calibrated(shape, moment);
        Assert.Equal(DominantDirections.OfSymmetric(moment, 3).Values, calibrated.A.ToArray());
        Assert.Throws<ArgumentException>(() => AdapterStart.Principal(shape, moment));
        Assert.Throws<ArgumentException>(() => AdapterStart.Calibrated(shape, weight));
        Assert.Throws<ArgumentOutOfRangeException>(() => AdapterStart.Layer(shape, FactorStart.Principal, 1));
    }

    [Fact]
    public void A_sketch_start_spans_the_sketch_and_the_state_before_it_leaves_the_model_unchanged()
    {
        var shape = new LoraShape("q", inputWidth: 12, outputWidth: 20, rank: 3, alpha: 6);
        var before = AdapterStart.BeforeSketch(shape, 1);
        Assert.True(Samples.ColumnError(before.B()) < 1e-13);
        Assert.All(before.A.ToArray(), value => Assert.Equal(0, value));

        // The sketch of a gradient G of rank two: B^T G.
        var gradient = Samples.Normal(20, 2, 6).Times(Samples.Normal(2, 12, 7));
        var sketch = before.B().Transposed().Times(gradient);
        var start = AdapterStart.FromSketch(shape, sketch.Values);
        Assert.True(FactorRefresh.OrthonormalityError(start.A()) < 1e-13);
        Assert.All(start.B.ToArray(), value => Assert.Equal(0, value));
        var inside = gradient.Times(start.A().Transposed()).Times(start.A());
        Assert.True(Samples.RelativeDifference(inside, gradient) < 1e-12);

        var nothing = AdapterStart.FromSketch(shape, new double[shape.A.Count]);
        Assert.True(FactorRefresh.OrthonormalityError(nothing.A()) < 1e-13);
    }
}
