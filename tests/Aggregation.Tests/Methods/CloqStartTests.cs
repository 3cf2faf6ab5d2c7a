using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: the start is the optimum that it claims to be, whatever the calibration inputs. Method: the least possible
/// error by Eckart and Young from a dense SVD, and rivals that try to do better: random pairs, and alternating least
/// squares from them.
/// </summary>
public sealed class CloqStartTests
{
    public static TheoryData<int, int, int, int> Sizes => new()
    {
        // d_out, d_in, r, calibration inputs
        { 12, 20, 1, 100 }, { 20, 12, 3, 100 }, { 16, 16, 8, 40 }, { 9, 30, 4, 200 }, { 24, 10, 9, 25 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void No_pair_of_its_rank_has_a_smaller_error(int outputWidth, int inputWidth, int rank, int inputs)
    {
        var bench = new Bench(outputWidth, inputWidth, inputs, seed: outputWidth + inputWidth);
        var start = bench.Start(rank, alpha: 2.5 * rank);
        var error = bench.ErrorOf(start);
        var svd = ThinSvd.Of(bench.X.Times(bench.Error.Transposed()));
        var least = svd.SingularValues[rank..].ToArray().Sum(s => s * s);
        Assert.Equal(least, error, 1e-9 * bench.ZeroError);
        Assert.True(error < bench.ZeroError, $"{error} is not below {bench.ZeroError}");

        for (var rival = 0; rival < 5; rival++)
        {
            var a = bench.Random(rank, inputWidth);
            for (var turn = 0; turn < 30; turn++)
            {
                var b = bench.BestB(a);
                Assert.True(bench.ErrorOf(b, a) >= error - (1e-9 * bench.ZeroError));
                a = BestA(b, bench.Error);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_round_of_either_kind_can_follow(int outputWidth, int inputWidth, int rank, int inputs)
    {
        var bench = new Bench(outputWidth, inputWidth, inputs, seed: 3);
        var start = bench.Start(rank, alpha: rank);
        var a = new Matrix(rank, inputWidth, start.A.ToArray());
        var b = new Matrix(outputWidth, rank, start.B.ToArray());
        Assert.True(FactorRefresh.OrthonormalityError(a) <= 1e-12);
        var gram = Gram.OfColumns(b);
        for (var i = 0; i < rank; i++)
        {
            for (var j = 0; j < i; j++)
            {
                Assert.Equal(0, gram[i, j], 1e-9 * gram[0, 0]);
            }

            Assert.True(i == 0 || gram[i, i] <= gram[i - 1, i - 1] * (1 + 1e-9));
        }
    }

    [Theory]
    [InlineData(12, 20)]
    [InlineData(20, 12)]
    [InlineData(16, 16)]
    public void With_full_rank_no_error_is_left(int outputWidth, int inputWidth)
    {
        var bench = new Bench(outputWidth, inputWidth, inputs: 60, seed: 1);
        var start = bench.Start(Math.Min(outputWidth, inputWidth), alpha: 7);
        Assert.True(bench.ErrorOf(start) <= 1e-20 * bench.ZeroError);
    }

    [Fact]
    public void Alpha_changes_B_and_not_the_product()
    {
        var bench = new Bench(12, 20, inputs: 60, seed: 2);
        var (one, other) = (bench.Start(4, alpha: 4), bench.Start(4, alpha: 64));
        Assert.Equal(one.A.ToArray(), other.A.ToArray());
        Assert.Equal(one.B.ToArray(), other.B.ToArray().Select(v => 16 * v));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Few_calibration_inputs_are_enough_for_what_they_show(int inputs)
    {
        var bench = new Bench(12, 20, inputs, seed: 4);
        var start = bench.Start(3, alpha: 3);
        Assert.True(bench.ErrorOf(start) <= 1e-20 * bench.ZeroError);
        Assert.All(start.A.ToArray().Concat(start.B.ToArray()), v => Assert.True(double.IsFinite(v)));
        Assert.True(FactorRefresh.OrthonormalityError(new Matrix(3, 20, start.A.ToArray())) <= 1e-12);
    }

    [Fact]
    public void Weights_without_an_error_need_no_pair()
    {
        var bench = new Bench(12, 20, inputs: 60, seed: 5);
        var start = CloqStart.Layer(new LoraShape("q", 20, 12, 3, 3), bench.Weight, bench.Weight, bench.Moment);
        Assert.All(start.B.ToArray(), v => Assert.Equal(0, v));
        Assert.True(FactorRefresh.OrthonormalityError(new Matrix(3, 20, start.A.ToArray())) <= 1e-12);
    }

    [Fact]
    public void The_same_matrices_give_the_same_bits_and_a_multiple_of_the_moment_the_same_product()
    {
        var bench = new Bench(16, 24, inputs: 60, seed: 6);
        var (one, again) = (bench.Start(4, 8), bench.Start(4, 8));
        Assert.Equal(one.A.ToArray(), again.A.ToArray());
        Assert.Equal(one.B.ToArray(), again.B.ToArray());
        var tenfold = new Matrix(24, 24, [.. bench.Moment.Values.Select(v => 10 * v)]);
        var scaled = CloqStart.Layer(one.Shape, bench.Weight, bench.Quantized, tenfold);
        Assert.Equal(bench.ErrorOf(one), bench.ErrorOf(scaled), 1e-9 * bench.ZeroError);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var bench = new Bench(12, 20, inputs: 60, seed: 7);
        var shape = new LoraShape("q", 20, 12, 3, 3);
        var turned = bench.Weight.Transposed();
        Assert.Throws<ArgumentException>(
            () => CloqStart.Layer(shape, turned, bench.Quantized, bench.Moment));
        Assert.Throws<ArgumentException>(
            () => CloqStart.Layer(shape, bench.Weight, turned, bench.Moment));
        Assert.Throws<ArgumentException>(
            () => CloqStart.Layer(shape, bench.Weight, bench.Quantized, Matrix.Identity(12)));
        var broken = new Matrix(12, 20, [.. bench.Quantized.Values]) { [3, 4] = double.NaN };
        Assert.Throws<ArgumentException>(() => CloqStart.Layer(shape, bench.Weight, broken, bench.Moment));
    }

    /// <summary>The A with the least error for a B, for any moment of full rank: B^+ D.</summary>
    private static Matrix BestA(Matrix b, Matrix error)
    {
        var svd = ThinSvd.Of(b);
        var turned = svd.U.Transposed().Times(error);
        for (var i = 0; i < turned.Rows; i++)
        {
            foreach (ref var value in turned.Row(i))
            {
                value /= svd.SingularValues[i];
            }
        }

        return svd.V.Times(turned);
    }

    private sealed class Bench
    {
        private readonly Random random;

        public Bench(int outputWidth, int inputWidth, int inputs, int seed)
        {
            random = new Random(seed);
            Weight = Random(outputWidth, inputWidth);
            Quantized = new Matrix(outputWidth, inputWidth, [.. Weight.Values.Select(v => Math.Round(4 * v) / 4)]);
            Error = new Matrix(
                outputWidth, inputWidth, [.. Weight.Values.Zip(Quantized.Values, (w, q) => w - q)]);

            // Inputs of very different size in different directions, as real ones are.
            X = Random(Math.Max(inputs, 1), inputWidth);
            for (var i = 0; i < X.Rows; i++)
            {
                for (var j = 0; j < inputWidth; j++)
                {
                    X[i, j] *= inputs == 0 ? 0 : Math.Pow(0.7, j);
                }
            }

            if (X.Rows < inputWidth)
            {
                X = Matrix.StackRows([X, new Matrix(inputWidth - X.Rows, inputWidth)]);
            }

            Moment = Gram.OfColumns(X);
        }

        public Matrix Weight { get; }

        public Matrix Quantized { get; }

        /// <summary>W - W_q.</summary>
        public Matrix Error { get; }

        public Matrix X { get; }

        public Matrix Moment { get; }

        /// <summary>Squared error of the outputs without a pair.</summary>
        public double ZeroError => Squares(X.Times(Error.Transposed())) + double.Epsilon;

        public LoraFactors Start(int rank, double alpha) => CloqStart.Layer(
            new LoraShape("q", Weight.Columns, Weight.Rows, rank, alpha), Weight, Quantized, Moment);

        /// <summary>Squared error of the outputs, straight from the definition.</summary>
        public double ErrorOf(LoraFactors pair) => ErrorOf(
            new Matrix(
                Weight.Rows, pair.Shape.Rank,
                [.. pair.B.ToArray().Select(v => pair.Shape.Alpha / pair.Shape.Rank * v)]),
            new Matrix(pair.Shape.Rank, Weight.Columns, pair.A.ToArray()));

        public double ErrorOf(Matrix b, Matrix a)
        {
            var product = b.Times(a);
            var left = new Matrix(
                Weight.Rows, Weight.Columns, [.. Error.Values.Zip(product.Values, (e, p) => e - p)]);
            return Squares(X.Times(left.Transposed()));
        }

        /// <summary>The B with the least error for an A: by the SVD of X A^T.</summary>
        public Matrix BestB(Matrix a)
        {
            var svd = ThinSvd.Of(X.Times(a.Transposed()));
            var turned = svd.U.Transposed().Times(X.Times(Error.Transposed()));
            for (var i = 0; i < turned.Rows; i++)
            {
                foreach (ref var value in turned.Row(i))
                {
                    value = svd.SingularValues[i] > 0 ? value / svd.SingularValues[i] : 0;
                }
            }

            return svd.V.Times(turned).Transposed();
        }

        public Matrix Random(int rows, int columns) => new(
            rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => (2 * random.NextDouble()) - 1)]);

        private static double Squares(Matrix matrix) => matrix.Values.Sum(v => v * v);
    }
}
