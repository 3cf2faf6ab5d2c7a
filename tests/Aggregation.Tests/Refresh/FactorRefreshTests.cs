using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>
/// Goal: the refresh rewrites B A and never changes it, and its factors are those of a dense SVD. Method: MathNet's SVD
/// of the full d_out x d_in product as the reference, on shapes of mixed width.
/// </summary>
public sealed class FactorRefreshTests
{
    public static TheoryData<int, int, int, FactorStart> Shapes => new()
    {
        { 24, 40, 1, FactorStart.Orthonormal },
        { 40, 24, 4, FactorStart.Orthonormal },
        { 64, 64, 8, FactorStart.Orthonormal },
        { 96, 32, 16, FactorStart.Orthonormal },
        { 16, 16, 16, FactorStart.Orthonormal },
        { 24, 40, 1, FactorStart.Kaiming },
        { 40, 24, 4, FactorStart.Kaiming },
        { 64, 64, 8, FactorStart.Kaiming },
        { 16, 16, 16, FactorStart.Kaiming },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_refresh_agrees_with_the_dense_svd(int outputWidth, int inputWidth, int rank, FactorStart start)
    {
        var shape = new LoraShape("layer", inputWidth, outputWidth, rank, 16);
        var before = AdapterStart.Layer(shape, start, 1).With(newB: Samples.Normal(outputWidth, rank, 2).Values);
        var after = FactorRefresh.ForBRound(before).Factors;
        var reference = before.Product().Dense().Svd();

        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-13);
        Assert.True(FactorRefresh.OrthonormalityError(after.A()) < 1e-13);
        for (var i = 0; i < rank; i++)
        {
            var column = after.B().Dense().Column(i);
            Assert.Equal(reference.S[i], column.L2Norm(), reference.S[0] * 1e-12);

            // Random singular values are distinct, so each vector is unique up to its sign.
            Assert.Equal(1, Math.Abs(column.Normalize(2) * reference.U.Column(i)), 1e-9);
            Assert.Equal(1, Math.Abs(after.A().Dense().Row(i) * reference.VT.Row(i)), 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_refresh_for_an_A_round_agrees_with_the_dense_svd(
        int outputWidth, int inputWidth, int rank, FactorStart start)
    {
        var shape = new LoraShape("layer", inputWidth, outputWidth, rank, 16);
        var before = AdapterStart.Layer(shape, start, 1).With(newB: Samples.Normal(outputWidth, rank, 2).Values);
        var after = FactorRefresh.ForARound(before);
        var reference = before.Product().Dense().Svd();

        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-13);
        Assert.True(Samples.ColumnError(after.B()) < 1e-13);
        for (var i = 0; i < rank; i++)
        {
            var row = after.A().Dense().Row(i);
            Assert.Equal(reference.S[i], row.L2Norm(), reference.S[0] * 1e-12);
            Assert.Equal(1, Math.Abs(row.Normalize(2) * reference.VT.Row(i)), 1e-9);
            Assert.Equal(1, Math.Abs(after.B().Dense().Column(i) * reference.U.Column(i)), 1e-9);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void A_rank_deficient_product_has_an_orthonormal_B_before_an_A_round(int bRank)
    {
        var spectrum = Enumerable.Range(0, 8).Select(i => i < bRank ? 1.0 / (i + 1) : 0).ToArray();
        var before = Samples.Factors(Samples.OrthonormalRows(8, 64, 8), Samples.WithSpectrum(48, spectrum, 9));
        var after = FactorRefresh.ForARound(before);
        Assert.True(Samples.ColumnError(after.B()) < 1e-13);
        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-13);
    }

    [Fact]
    public void An_orthonormal_A_is_only_rotated_and_the_rotation_alone_reproduces_it()
    {
        var before = Samples.Factors(Samples.OrthonormalRows(8, 64, 3), Samples.Normal(48, 8, 4));
        var refreshed = FactorRefresh.ForBRound(before);
        var (after, rotation) = (refreshed.Factors, refreshed.Rotation);

        Assert.NotNull(rotation);
        Assert.True(FactorRefresh.OrthonormalityError(rotation) < 1e-14);
        Assert.Equal(after.A.ToArray(), FactorRefresh.Rotate(rotation, before.A()).Values);
        for (var column = 0; column < 8; column++)
        {
            Assert.True(rotation.Dense().Column(column).MaxBy(Math.Abs) > 0, $"column {column} has the wrong sign");
        }
    }

    [Fact]
    public void A_frozen_factor_that_is_not_orthonormal_is_replaced_and_no_rotation_is_claimed()
    {
        var before = Samples.Factors(Samples.Normal(4, 32, 5), Samples.Normal(24, 4, 6));
        Assert.Null(FactorRefresh.ForBRound(before).Rotation);
    }

    [Fact]
    public void An_A_that_has_drifted_is_made_orthonormal_anew()
    {
        var a = Samples.OrthonormalRows(8, 64, 3);
        a[2, 5] += 1e-9;
        var before = Samples.Factors(a, Samples.Normal(48, 8, 4));
        var after = FactorRefresh.ForBRound(before).Factors;
        Assert.True(FactorRefresh.OrthonormalityError(after.A()) < 1e-14);
        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-14);
    }

    [Fact]
    public void With_B_zero_an_orthonormal_A_stays_as_it_is()
    {
        var a = Samples.OrthonormalRows(8, 64, 7);
        var after = FactorRefresh.ForBRound(Samples.Factors(a, new Matrix(32, 8))).Factors;
        Assert.Equal(a.Values, after.A.ToArray());
        Assert.All(after.B.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_rank_deficient_B_leaves_A_orthonormal_and_inside_its_row_space(int bRank)
    {
        var spectrum = Enumerable.Range(0, 8).Select(i => i < bRank ? 1.0 / (i + 1) : 0).ToArray();
        var before = Samples.Factors(Samples.OrthonormalRows(8, 64, 8), Samples.WithSpectrum(48, spectrum, 9));
        var after = FactorRefresh.ForBRound(before).Factors;

        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-13);
        Assert.True(FactorRefresh.OrthonormalityError(after.A()) < 1e-13);
        var projected = after.A().Times(before.A().Transposed()).Times(before.A());
        Assert.True(Samples.RelativeDifference(projected, after.A()) < 1e-13);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    [InlineData(1e300)]
    public void The_size_of_B_does_not_matter(double size)
    {
        var b = Samples.Normal(24, 4, 10);
        var scaled = new Matrix(24, 4, [.. b.Values.Select(v => v * size)]);
        var before = Samples.Factors(Samples.OrthonormalRows(4, 32, 11), scaled);
        var refreshed = FactorRefresh.ForBRound(before);
        var unscaled = FactorRefresh.ForBRound(Samples.Factors(before.A(), b)).Rotation;
        Assert.True(Samples.RelativeDifference(refreshed.Rotation!, unscaled!) < 1e-12);
        Assert.True(FactorRefresh.OrthonormalityError(refreshed.Factors.A()) < 1e-14);
    }

    [Fact]
    public void An_ill_conditioned_B_of_F32_values_keeps_its_product()
    {
        var b = Samples.WithSpectrum(512, Samples.Geometric(8, 1e12), 12);
        var single = new Matrix(512, 8, [.. b.Values.Select(v => (double)(float)v)]);
        var before = Samples.Factors(Samples.OrthonormalRows(8, 256, 13), single);
        var after = FactorRefresh.ForBRound(before).Factors;
        Assert.True(Samples.RelativeDifference(after.Product(), before.Product()) < 1e-13);
        Assert.True(FactorRefresh.OrthonormalityError(after.A()) < 1e-13);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Values_that_are_not_finite_are_an_error(double value)
    {
        var (a, b) = (Samples.OrthonormalRows(2, 8, 14), Samples.Normal(8, 2, 15));
        b[3, 1] = value;
        Assert.Throws<ArgumentException>(() => FactorRefresh.ForBRound(Samples.Factors(a, b)));
        a[1, 3] = value;
        Assert.Throws<ArgumentException>(() => FactorRefresh.ForBRound(Samples.Factors(a, Samples.Normal(8, 2, 15))));
    }

    [Theory]
    [InlineData(8, 128, FactorStart.Orthonormal)]
    [InlineData(8, 128, FactorStart.Kaiming)]
    [InlineData(32, 64, FactorStart.Orthonormal)]
    public void A_thousand_rounds_of_random_updates_drift_by_rounding_only(int rank, int width, FactorStart start) =>
        Drift(rank, width, start, rounds: 1000, errorMax: 1e-11);

    /// <summary>Errors add up with the rounds: a hundred times as many may drift a hundred times as far.</summary>
    [Theory(Explicit = true)]
    [InlineData(8, 128, FactorStart.Orthonormal)]
    [InlineData(8, 128, FactorStart.Kaiming)]
    [InlineData(32, 64, FactorStart.Orthonormal)]
    public void A_hundred_thousand_rounds_of_random_updates_drift_by_rounding_only(
        int rank, int width, FactorStart start) =>
        Drift(rank, width, start, rounds: 100_000, errorMax: 1e-9);

    private static void Drift(int rank, int width, FactorStart start, int rounds, double errorMax)
    {
        var factors = AdapterStart.Layer(new LoraShape("layer", width, width, rank, rank), start, 16);
        MathNet.Numerics.LinearAlgebra.Matrix<double> plainB = factors.B().Dense();
        var firstA = factors.A().Dense();
        var inverse = firstA.PseudoInverse();
        var (worstChange, worstA) = (0.0, 0.0);
        for (var round = 0; round < rounds; round++)
        {
            var update = Samples.Normal(width, rank, 100 + (ulong)round);
            var trained = factors.With(newB: [.. update.Values.Zip(factors.B.ToArray(), (u, b) => b + (0.01 * u))]);

            // What a server without refresh would hold: the same update expressed in the first A's coordinates.
            plainB += 0.01 * update.Dense() * (factors.A().Dense() * inverse);
            factors = FactorRefresh.ForBRound(trained).Factors;
            worstA = Math.Max(worstA, FactorRefresh.OrthonormalityError(factors.A()));
            if (round % 50 == 49)
            {
                worstChange = Math.Max(worstChange, Samples.RelativeDifference(factors.Product(), trained.Product()));
            }
        }

        var drift = (factors.Product().Dense() - (plainB * firstA)).FrobeniusNorm() / (plainB * firstA).FrobeniusNorm();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"A A^T - I: {worstA:E2}, per refresh: {worstChange:E2}, drift: {drift:E2}");
        Assert.True(worstA < errorMax, $"max |A A^T - I| = {worstA}");
        Assert.True(worstChange < 1e-12, $"change of B A by a refresh = {worstChange}");
        Assert.True(drift < errorMax, $"drift of B A after {rounds} rounds = {drift}");
    }
}
