// Goal: every fast kernel equals the plain formula. Method: float64 loops beside it, over sizes with ragged edges.
using System.Runtime.Intrinsics;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed unsafe class KernelTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 12, 8, 32 }, { 13, 7, 33 }, { 5, 192, 31 }, { 25, 3, 100 }, { 300, 400, 65 }, { 48, 32, 48 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Products_equal_the_plain_formula(int rows, int depth, int columns)
    {
        var random = new Random(rows + depth + columns);
        using var a = Filled(random, rows * depth);
        using var w = Filled(random, columns * depth);
        using var bias = Filled(random, columns + 64);
        foreach (var kernel in GemmKernel.Supported)
        {
            using var packed = new PackedMatrix(kernel).PackTransposed(w.Pointer, depth, depth, columns);
            using var c = Filled(random, rows * columns);
            var before = new ReadOnlySpan<float>(c.Pointer, rows * columns).ToArray();
            var (left, result) = (new MatrixRef(a.Pointer, depth), new MatrixRef(c.Pointer, columns));
            kernel.Multiply(left, rows, packed, result, accumulate: true);
            AssertProduct(kernel, (i, j) => before[(i * columns) + j]);
            kernel.Multiply(left, rows, packed, result, bias.Pointer);
            AssertProduct(kernel, (_, j) => bias.Pointer[j]);

            void AssertProduct(GemmKernel tested, Func<int, int, double> start)
            {
                for (var i = 0; i < rows; i++)
                {
                    for (var j = 0; j < columns; j++)
                    {
                        var (sum, size) = (start(i, j), Math.Abs(start(i, j)));
                        for (var k = 0; k < depth; k++)
                        {
                            var term = (double)a.Pointer[(i * depth) + k] * w.Pointer[(j * depth) + k];
                            (sum, size) = (sum + term, size + Math.Abs(term));
                        }

                        Assert.True(
                            Math.Abs(sum - c.Pointer[(i * columns) + j]) <= 1e-5 * size,
                            $"{tested.Name}: [{i}, {j}] is {c.Pointer[(i * columns) + j]}, expected {sum}");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_transposed_view_gives_the_product_of_the_transpose(int rows, int depth, int columns)
    {
        var random = new Random(rows + depth + columns);
        using var a = Filled(random, rows * depth);
        using var b = Filled(random, depth * columns);
        using var moved = new AlignedBuffer(rows * depth);
        for (var i = 0; i < rows * depth; i++)
        {
            moved.Pointer[(i % depth * rows) + (i / depth)] = a.Pointer[i];
        }

        foreach (var kernel in GemmKernel.Supported)
        {
            using var packed = new PackedMatrix(kernel).Pack(b.Pointer, columns, depth, columns);
            using AlignedBuffer expected = new(rows * columns), actual = new(rows * columns);
            kernel.Multiply(new MatrixRef(a.Pointer, depth), rows, packed, new MatrixRef(expected.Pointer, columns));
            var view = new MatrixRef(moved.Pointer, rows).Transposed;
            kernel.Multiply(view, rows, packed, new MatrixRef(actual.Pointer, columns));
            Assert.Equal(
                new ReadOnlySpan<float>(expected.Pointer, rows * columns),
                new ReadOnlySpan<float>(actual.Pointer, rows * columns));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_product_is_added_to_packed_weights(int rows, int depth, int columns)
    {
        var random = new Random(rows + depth + columns);
        using var start = Filled(random, rows * columns);
        using var a = Filled(random, rows * depth);
        using var b = Filled(random, depth * columns);
        foreach (var kernel in GemmKernel.Supported)
        {
            using var weights = new PackedMatrix(kernel).Pack(start.Pointer, columns, rows, columns);
            using var right = new PackedMatrix(kernel).Pack(b.Pointer, columns, depth, columns);
            using PackedMatrix sum = new(kernel);
            sum.CopyFrom(weights);
            kernel.AddTo(sum, new MatrixRef(a.Pointer, depth), right);
            using AlignedBuffer row = new(columns), product = new(rows * columns);
            kernel.Multiply(new MatrixRef(a.Pointer, depth), rows, right, new MatrixRef(product.Pointer, columns));
            for (var i = 0; i < rows; i++)
            {
                sum.CopyRow(i, row.Pointer);
                for (var j = 0; j < columns; j++)
                {
                    var at = (i * columns) + j;
                    Assert.Equal(start.Pointer[at] + product.Pointer[at], row.Pointer[j], 1e-6f);
                }
            }
        }
    }

    [Fact]
    public void The_exponential_is_exact_to_a_few_units_in_the_last_place()
    {
        for (var x = -86.9f; x <= 88; x += 0.0173f)
        {
            var expected = Math.Exp(x);
            Assert.Equal(1, VectorMath.Exp(Vector512.Create(x))[3] / expected, 2e-7);
        }

        foreach (var far in (float[])[-87.5f, -1000, float.NegativeInfinity])
        {
            Assert.Equal(0, VectorMath.Exp(Vector512.Create(far))[0]);
        }
    }

    [Fact]
    public void The_exact_gelu_and_its_slope_equal_the_normal_distribution()
    {
        const int Count = 4001;
        using AlignedBuffer x = new(Count + Softmax.Padding), slope = new(Count + Softmax.Padding);
        for (var i = 0; i < Count; i++)
        {
            x.Pointer[i] = (i - 2000) / 200f;
        }

        ActivationMath.Apply(EncoderActivation.Gelu, x.Pointer, slope.Pointer, Count);
        for (var i = 0; i < Count; i++)
        {
            var at = (i - 2000) / 200.0;
            var phi = NormalDistribution(at);
            Assert.Equal(at * phi, x.Pointer[i], 2e-6);
            Assert.Equal(phi + (at * Math.Exp(-at * at / 2) / Math.Sqrt(2 * Math.PI)), slope.Pointer[i], 2e-6);
        }
    }

    [Theory]
    [InlineData(EncoderActivation.Gelu)]
    [InlineData(EncoderActivation.GeluTanh)]
    [InlineData(EncoderActivation.Relu)]
    public void Activations_far_out_are_the_identity_or_zero(EncoderActivation activation)
    {
        float[] far = [20, 1e5f, 1e13f, 1e20f, 3e38f];
        using AlignedBuffer x = new(far.Length + Softmax.Padding), slope = new(far.Length + Softmax.Padding);
        foreach (var sign in (float[])[1, -1])
        {
            for (var i = 0; i < far.Length; i++)
            {
                x.Pointer[i] = sign * far[i];
            }

            ActivationMath.Apply(activation, x.Pointer, slope.Pointer, far.Length);
            for (var i = 0; i < far.Length; i++)
            {
                Assert.Equal(sign > 0 ? far[i] : 0, x.Pointer[i]);
                Assert.Equal(sign > 0 ? 1 : 0, slope.Pointer[i], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void Softmax_equals_the_plain_formula_and_ignores_the_padding(int count)
    {
        const int Rows = 3;
        var stride = Softmax.Stride(count);
        using var scores = Filled(new Random(count), Rows * stride);
        scores.Pointer[0] = 200;
        var before = new ReadOnlySpan<float>(scores.Pointer, Rows * stride).ToArray();
        Softmax.Forward(scores.Pointer, Rows, count);
        for (var row = 0; row < Rows; row++)
        {
            var values = before.AsSpan(row * stride, count).ToArray().Select(v => Math.Exp((double)v - 200)).ToArray();
            for (var i = 0; i < stride; i++)
            {
                Assert.Equal(i < count ? values[i] / values.Sum() : 0, scores.Pointer[(row * stride) + i], 1e-6);
            }
        }
    }

    private static AlignedBuffer Filled(Random random, int count)
    {
        var buffer = new AlignedBuffer(count);
        for (var i = 0; i < count; i++)
        {
            buffer.Pointer[i] = (float)(random.NextDouble() - 0.5);
        }

        return buffer;
    }

    /// <summary>Phi(x) by Simpson's rule from 0.</summary>
    private static double NormalDistribution(double x)
    {
        const int Intervals = 400;
        var (sum, h) = (0.0, x / Intervals);
        for (var i = 0; i <= Intervals; i++)
        {
            var weight = i is 0 or Intervals ? 1 : i % 2 == 0 ? 2 : 4;
            sum += weight * Math.Exp(-(i * h) * (i * h) / 2);
        }

        return 0.5 + (sum * h / 3 / Math.Sqrt(2 * Math.PI));
    }
}
