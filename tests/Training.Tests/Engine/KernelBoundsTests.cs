// Goal: no kernel reads or writes beyond its operands, whatever the sizes and the width of vectors. Method: each
// operand lies between stretches of NaN with one bit pattern; a NaN in the result is a read outside, a changed bit a
// write.
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed unsafe class KernelBoundsTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Products_stay_within_their_operands(int seed)
    {
        var random = new Random(seed);
        var (rows, depth, columns) = (1 + random.Next(30), 1 + random.Next(40), 1 + random.Next(80));
        foreach (var kernel in GemmKernel.Supported)
        {
            using Guarded a = new(random, rows * depth), w = new(random, depth * columns);
            using var c = new Guarded(random, rows * columns);
            using Guarded bias = new(random, (columns + kernel.PanelWidth - 1) / kernel.PanelWidth * kernel.PanelWidth);
            using PackedMatrix packed = new(kernel), transposed = new(kernel);
            var (left, result) = (new MatrixRef(a.Start, depth), new MatrixRef(c.Start, columns));
            kernel.Multiply(left, rows, packed.Pack(w.Start, columns, depth, columns), result, bias.Start);
            kernel.Multiply(
                left, rows, transposed.PackTransposed(w.Start, depth, depth, columns), result, accumulate: true);
            Guarded.AssertIntact(a, w, c, bias);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Columns_of_a_wider_matrix_leave_their_neighbours_alone(int seed)
    {
        var random = new Random(seed);
        var (rows, depth, columns) = (1 + random.Next(30), 1 + random.Next(20), 1 + random.Next(40));
        var stride = columns + 1 + random.Next(20);
        foreach (var kernel in GemmKernel.Supported)
        {
            using Guarded a = new(random, rows * depth), w = new(random, depth * columns);
            using var c = new Guarded(random, rows * stride);
            var gap = stride - columns;
            for (var row = 0; row < rows; row++)
            {
                new Span<float>(c.Start + (row * stride) + columns, gap).Fill(7);
            }

            using var packed = new PackedMatrix(kernel).Pack(w.Start, columns, depth, columns);
            kernel.Multiply(new MatrixRef(a.Start, depth), rows, packed, new MatrixRef(c.Start, stride));
            for (var row = 0; row < rows; row++)
            {
                var untouched = new ReadOnlySpan<float>(c.Start + (row * stride) + columns, gap);
                Assert.Equal(-1, untouched.IndexOfAnyExcept(7f));
            }

            Guarded.AssertIntact(a, w, c);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Gradients_of_an_example_stay_within_their_operands(int seed)
    {
        var random = new Random(seed);
        var (tokens, width, rank) = (1 + random.Next(9), 1 + random.Next(50), 1 + random.Next(40));
        using Guarded wide = new(random, tokens * width), thin = new(random, tokens * rank);
        foreach (var transposed in (bool[])[false, true])
        {
            using var output = new Guarded(random, width * rank);
            ExampleGradient.Compute(
                new MatrixRef(wide.Start, width), new MatrixRef(thin.Start, rank), tokens, 3, output.Start, transposed);
            for (var i = 0; i < width * rank; i++)
            {
                var (w, r) = transposed ? (i % width, i / width) : (i / rank, i % rank);
                var expected = 3 * Enumerable.Range(0, tokens).Sum(
                    t => (double)wide.Start[(t * width) + w] * thin.Start[(t * rank) + r]);
                Assert.Equal(expected, output.Start[i], 1e-5);
            }

            Guarded.AssertIntact(wide, thin, output);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Steps_by_row_stay_within_their_operands(int seed)
    {
        var random = new Random(seed);
        var (rows, width) = (1 + random.Next(5), 1 + random.Next(50));
        var count = rows * width;
        using Guarded x = new(random, count), y = new(random, count), output = new(random, count);
        using Guarded gamma = new(random, width), beta = new(random, width);
        using var cache = new NormCache();
        var norm = new NormWeights(gamma.Start, beta.Start, width, 1e-5f);
        RowMath.AddAndNormalize(x.Start, y.Start, rows, norm, output.Start, cache);
        RowMath.NormalizeBackward(output.Start, rows, norm, cache, output.Start);
        RowMath.Add(x.Start, output.Start, count);
        RowMath.Multiply(y.Start, output.Start, count);
        Guarded.AssertIntact(x, y, output, gamma, beta);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Padded_steps_stay_within_their_padding(int seed)
    {
        var random = new Random(seed);
        var (rows, count) = (1 + random.Next(5), 1 + random.Next(50));
        var stride = Softmax.Stride(count);
        using Guarded scores = new(random, rows * stride), gradient = new(random, rows * stride);
        for (var row = 0; row < rows; row++)
        {
            new Span<float>(scores.Start + (row * stride) + count, stride - count).Fill(float.NaN);
            new Span<float>(gradient.Start + (row * stride) + count, stride - count).Fill(float.NaN);
        }

        Softmax.Forward(scores.Start, rows, count);
        Softmax.Backward(scores.Start, gradient.Start, rows, count, 0.5f);
        using Guarded value = new(random, count + Softmax.Padding), slope = new(random, count + Softmax.Padding);
        foreach (var activation in Enum.GetValues<EncoderActivation>())
        {
            ActivationMath.Apply(activation, value.Start, slope.Start, count);
        }

        Guarded.AssertIntact(scores, gradient, value, slope);
    }

    /// <summary>Random values between two stretches of NaN.</summary>
    private sealed class Guarded : IDisposable
    {
        private const int GuardCount = 64;
        private const int GuardBits = 0x7FC0_1234;

        private readonly AlignedBuffer buffer;
        private readonly int count;

        public Guarded(Random random, int count)
        {
            this.count = count;
            buffer = new AlignedBuffer(count + (2 * GuardCount));
            new Span<int>(buffer.Pointer, count + (2 * GuardCount)).Fill(GuardBits);
            for (var i = 0; i < count; i++)
            {
                Start[i] = random.NextSingle() - 0.5f;
            }
        }

        public float* Start => buffer.Pointer + GuardCount;

        public static void AssertIntact(params Guarded[] operands)
        {
            foreach (var operand in operands)
            {
                Assert.DoesNotContain(float.NaN, new ReadOnlySpan<float>(operand.Start, operand.count).ToArray());
                var bits = new ReadOnlySpan<int>(operand.buffer.Pointer, operand.count + (2 * GuardCount));
                Assert.Equal(-1, bits[..GuardCount].IndexOfAnyExcept(GuardBits));
                Assert.Equal(-1, bits[^GuardCount..].IndexOfAnyExcept(GuardBits));
            }
        }

        public void Dispose() => buffer.Dispose();
    }
}
