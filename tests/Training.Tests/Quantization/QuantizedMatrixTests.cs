// Goal: the documented error bound, layout and refusals of quantised matrices. Method: plain float64 formulas beside
// them, over both formats, ragged rows and magnitudes from the least to the greatest.
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Training.Tests.Quantization;

public sealed class QuantizedMatrixTests
{
    public static TheoryData<WeightFormat> Formats => [WeightFormat.EightBit, WeightFormat.FourBit];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_value_is_within_the_documented_bound_at_any_magnitude(WeightFormat format)
    {
        const int Rows = 3, Columns = (2 * QuantizedMatrix.GroupSize) + 7;
        var widest = format == WeightFormat.EightBit ? 0.5 / 127 : (1 - 0.6961928009986877) / 2;
        foreach (var magnitude in new[] { 1f, 3e-5f, 1e-38f, 1e-40f, 4e-45f, 1e30f, float.MaxValue })
        {
            var random = new Random(5);
            var values = new float[Rows * Columns];
            foreach (ref var value in values.AsSpan())
            {
                value = (float)(magnitude * ((2 * random.NextDouble()) - 1));
            }

            values[4] = magnitude;
            values[Columns] = -magnitude;
            var back = Back(QuantizedMatrix.Quantize(values, Rows, Columns, format));
            foreach (var (row, column, count) in Groups(Rows, Columns))
            {
                var at = (row * Columns) + column;
                double largest = values.AsSpan(at, count).ToArray().Max(Math.Abs);
                var bound = (largest * (widest + Math.ScaleB(1, -22))) + Math.ScaleB(1, -142);
                for (var i = at; i < at + count; i++)
                {
                    Assert.True(float.IsFinite(back[i]));
                    Assert.True(
                        Math.Abs((double)back[i] - values[i]) <= bound, $"{magnitude}: {values[i]} became {back[i]}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_value_becomes_the_nearest_that_its_group_can_have(WeightFormat format)
    {
        var random = new Random(6);
        var values = Enumerable.Range(0, 5 * 200).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var matrix = QuantizedMatrix.Quantize(values, 5, 200, format);
        var back = Back(matrix);
        foreach (var (row, column, count) in Groups(5, 200))
        {
            var scale = matrix.Scales.Span[(row * matrix.GroupsPerRow) + (column / QuantizedMatrix.GroupSize)];
            var possible = format == WeightFormat.EightBit
                ? Enumerable.Range(-127, 255).Select(c => c * scale).ToArray()
                : NormalFloat.Values.ToArray().Select(v => v * scale).ToArray();
            for (var i = (row * 200) + column; i < (row * 200) + column + count; i++)
            {
                Assert.Contains(back[i], possible);
                var nearest = possible.Min(p => Math.Abs((double)p - values[i]));
                Assert.Equal(nearest, Math.Abs((double)back[i] - values[i]), scale * 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Values_of_the_codes_survive_a_second_quantisation(WeightFormat format)
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 4 * 130).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var first = QuantizedMatrix.Quantize(values, 4, 130, format);
        var second = QuantizedMatrix.Quantize(Back(first), 4, 130, format);
        Assert.Equal(first.Codes.ToArray(), second.Codes.ToArray());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Rows_alone_are_the_rows_of_the_whole(WeightFormat format)
    {
        var values = Enumerable.Range(0, 6 * 71).Select(i => MathF.Sin(i)).ToArray();
        var matrix = QuantizedMatrix.Quantize(values, 6, 71, format);
        var rows = new float[2 * 71];
        matrix.DequantizeRows(3, 2, rows);
        Assert.Equal(Back(matrix).AsSpan(3 * 71, 2 * 71).ToArray(), rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.DequantizeRows(5, 2, new float[2 * 71]));
        Assert.Throws<ArgumentException>(() => matrix.DequantizeRows(5, 1, new float[72]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_group_of_zeros_stays_zero(WeightFormat format)
    {
        var values = new float[2 * 65];
        values[64] = 1;
        values[3] = -0f;
        Assert.Equal(values, Back(QuantizedMatrix.Quantize(values, 2, 65, format)));
    }

    [Fact]
    public void Codes_lie_as_documented()
    {
        var eight = QuantizedMatrix.Quantize([-1.27f, 0.5f, 1.27f], 1, 3, WeightFormat.EightBit);
        Assert.Equal([0x81, 50, 127], eight.Codes.ToArray());
        Assert.Equal(1.27f / 127, eight.Scales.Span[0]);
        Assert.Equal(3 + 4, eight.ByteCount);

        var four = QuantizedMatrix.Quantize([-2, 0, 2, 0.7f, 0, 1], 2, 3, WeightFormat.FourBit);
        Assert.Equal([0x70, 0x0F, 0x7E, 0x0F], four.Codes.ToArray());
        Assert.Equal([2, 1], four.Scales.ToArray());
        Assert.Equal(4 + 8, four.ByteCount);
    }

    [Fact]
    public void Nearest_is_the_nearest_of_all_and_the_lower_of_two()
    {
        for (var i = -1000; i <= 1000; i++)
        {
            var value = i / 1000.0;
            var distances = NormalFloat.Values.ToArray().Select(v => Math.Abs(v - value)).ToArray();
            Assert.Equal(Array.IndexOf(distances, distances.Min()), NormalFloat.Nearest(value));
        }

        Assert.Equal(0, NormalFloat.Nearest((-1.0 + NormalFloat.Values[1]) / 2));
        Assert.Equal(0, NormalFloat.Values[NormalFloat.Zero]);
    }

    [Fact]
    public void Memory_is_an_eighth_or_a_quarter_and_the_scales()
    {
        var values = new float[128 * 256];
        Assert.Equal((128 * 256) + (128 * 4 * 4), Bytes(WeightFormat.EightBit));
        Assert.Equal((128 * 128) + (128 * 4 * 4), Bytes(WeightFormat.FourBit));

        long Bytes(WeightFormat format) => QuantizedMatrix.Quantize(values, 128, 256, format).ByteCount;
    }

    [Fact]
    public void What_has_no_codes_is_refused()
    {
        foreach (var value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            Assert.Throws<ArgumentException>(
                () => QuantizedMatrix.Quantize([0, value], 1, 2, WeightFormat.FourBit));
        }

        Assert.Throws<ArgumentException>(() => QuantizedMatrix.Quantize([1], 1, 2, WeightFormat.FourBit));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedMatrix.Quantize([], 0, 2, WeightFormat.FourBit));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedMatrix.Quantize([], 2, 0, WeightFormat.FourBit));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedMatrix.Quantize([1], 1, 1, WeightFormat.Full));
    }

    private static float[] Back(QuantizedMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.Dequantize(values);
        return values;
    }

    private static IEnumerable<(int Row, int Column, int Count)> Groups(int rows, int columns) =>
        from row in Enumerable.Range(0, rows)
        from column in Enumerable.Range(0, (columns + 63) / 64).Select(g => g * 64)
        select (row, column, Math.Min(64, columns - column));
}
