// Goal: every fast kernel of the decoders equals the plain formula. Method: float64 loops beside it, over widths with
// ragged edges and values at which exponentials overflow.
using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Tests.Engine;

public sealed unsafe class DecoderKernelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(45)]
    public void Rms_norm_and_its_gradient_equal_the_plain_formula(int width)
    {
        const int Rows = 3;
        const float Epsilon = 1e-3f;
        using var x = Filled(width, Rows * width);
        using var gamma = Filled(width + 1, width);
        using var dy = Filled(width + 2, Rows * width);
        using var y = new AlignedBuffer(Rows * width);
        using var cache = new NormCache();
        var weights = new NormWeights(gamma.Pointer, null, width, Epsilon);
        RmsNorm.Forward(x.Pointer, Rows, weights, y.Pointer, cache);
        var upstream = new ReadOnlySpan<float>(dy.Pointer, Rows * width).ToArray();
        RmsNorm.Backward(dy.Pointer, Rows, weights, cache, dy.Pointer);
        for (var row = 0; row < Rows; row++)
        {
            var values = new ReadOnlySpan<float>(x.Pointer + (row * width), width).ToArray();
            var rms = Math.Sqrt(values.Average(v => (double)v * v) + Epsilon);
            var g = Enumerable.Range(0, width)
                .Select(i => (double)upstream[(row * width) + i] * gamma.Pointer[i]).ToArray();
            var dot = g.Zip(values, (a, b) => a * b / rms).Sum() / width;
            for (var i = 0; i < width; i++)
            {
                Assert.Equal(gamma.Pointer[i] * values[i] / rms, y.Pointer[(row * width) + i], 1e-6);
                Assert.Equal((g[i] - (values[i] / rms * dot)) / rms, dy.Pointer[(row * width) + i], 1e-5);
            }
        }
    }

    [Fact]
    public void Swiglu_and_its_gradients_equal_the_plain_formula()
    {
        const int Count = 37;
        using var gate = Filled(1, Count + Softmax.Padding);
        using var up = Filled(2, Count + Softmax.Padding);
        using var dy = Filled(3, Count + Softmax.Padding);
        using var y = new AlignedBuffer(Count + Softmax.Padding);
        using var dUp = new AlignedBuffer(Count + Softmax.Padding);
        (gate.Pointer[0], gate.Pointer[1], gate.Pointer[2]) = (-200, 200, -20);
        var upstream = new ReadOnlySpan<float>(dy.Pointer, Count).ToArray();
        GatedActivation.Forward(gate.Pointer, up.Pointer, y.Pointer, Count);
        GatedActivation.Backward(gate.Pointer, up.Pointer, dy.Pointer, dUp.Pointer, Count);
        for (var i = 0; i < Count; i++)
        {
            double Silu(double v) => v / (1 + Math.Exp(-v));
            var (x, u) = ((double)gate.Pointer[i], (double)up.Pointer[i]);
            var slope = (Silu(x + 1e-5) - Silu(x - 1e-5)) / 2e-5;
            Assert.Equal(Silu(x) * u, y.Pointer[i], 1e-5);
            Assert.Equal(upstream[i] * Silu(x), dUp.Pointer[i], 1e-5);
            Assert.Equal(upstream[i] * u * slope, dy.Pointer[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(9_001)]
    public void Cross_entropy_and_its_gradient_equal_the_plain_formula(int count)
    {
        var target = count / 2;
        using var logits = Filled(count, count);
        logits.Pointer[0] = 300;
        var values = new ReadOnlySpan<float>(logits.Pointer, count).ToArray();
        var sum = values.Sum(v => Math.Exp(v - 300.0));
        Assert.Equal(Math.Log(sum) + 300 - values[target], CrossEntropy.Loss(logits.Pointer, count, target), 1e-6);

        CrossEntropy.Gradient(logits.Pointer, count, target, 0.25f);
        for (var i = 0; i < count; i++)
        {
            var expected = 0.25 * ((Math.Exp(values[i] - 300.0) / sum) - (i == target ? 1 : 0));
            Assert.Equal(expected, logits.Pointer[i], 1e-7);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 40)]
    [InlineData(96, 33)]
    public void The_leading_part_of_a_packed_matrix_is_used_alone(int depth, int columns)
    {
        const int Rows = 13, WholeDepth = 100, WholeColumns = 70;
        using var a = Filled(1, Rows * depth);
        using var b = Filled(2, WholeDepth * WholeColumns);
        foreach (var kernel in GemmKernel.Supported)
        {
            using var packed = new PackedMatrix(kernel).Pack(b.Pointer, WholeColumns, WholeDepth, WholeColumns);
            using var part = new PackedMatrix(kernel).Pack(b.Pointer, WholeColumns, depth, columns);
            using var actual = new AlignedBuffer(Rows * columns);
            using var expected = new AlignedBuffer(Rows * columns);
            kernel.MultiplyLeading(
                new MatrixRef(a.Pointer, depth), Rows, packed, depth, columns, new MatrixRef(actual.Pointer, columns));
            kernel.Multiply(new MatrixRef(a.Pointer, depth), Rows, part, new MatrixRef(expected.Pointer, columns));
            Assert.Equal(
                new ReadOnlySpan<float>(expected.Pointer, Rows * columns).ToArray(),
                new ReadOnlySpan<float>(actual.Pointer, Rows * columns).ToArray());

            using var row = new AlignedBuffer(WholeColumns);
            packed.CopyRow(depth - 1, row.Pointer);
            Assert.Equal(
                new ReadOnlySpan<float>(b.Pointer + ((depth - 1) * WholeColumns), WholeColumns).ToArray(),
                new ReadOnlySpan<float>(row.Pointer, WholeColumns).ToArray());
        }
    }

    private static AlignedBuffer Filled(int seed, int count)
    {
        var random = new Random(seed);
        var buffer = new AlignedBuffer(count);
        for (var i = 0; i < count; i++)
        {
            buffer.Pointer[i] = (float)((4 * random.NextDouble()) - 2);
        }

        return buffer;
    }
}
