using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Tests.Sums;

/// <summary>
/// Goal: what an agent rounds is exact in F32, within the bound, and accepted by the server's own check.
/// </summary>
public sealed class GridTests
{
    [Theory]
    [InlineData(TensorGrid.StepExponentMin)]
    [InlineData(-30)]
    [InlineData(0)]
    [InlineData(TensorGrid.StepExponentMax)]
    public void Every_multiple_is_exact_in_F32(int exponent)
    {
        var grid = new TensorGrid(exponent);
        foreach (var steps in new[] { 1, 2, 3, 12_345_677, (1 << 24) - 1, 1 << 24 })
        {
            var value = steps * grid.Step;
            Assert.Equal(value, (double)(float)value);
            Assert.True(float.IsNormal((float)value));
        }
    }

    [Theory]
    [InlineData(1e-37)]
    [InlineData(1e-3)]
    [InlineData(0.999999)]
    [InlineData(1)]
    [InlineData(1.000001)]
    [InlineData(7.5)]
    [InlineData(1e30)]
    public void A_bound_gets_the_smallest_step_that_reaches_it(double bound)
    {
        var grid = TensorGrid.ForBound(bound);
        Assert.InRange(grid.Bound, bound - grid.Step, bound);
        Assert.True(bound / grid.Step <= TensorGrid.StepsLimit);
        Assert.True(grid.StepExponent == TensorGrid.StepExponentMin || bound / (grid.Step / 2) > TensorGrid.StepsLimit);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e-39)]
    [InlineData(1e39)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_bound_that_no_grid_reaches_is_an_error(double bound)
        => Assert.Throws<ArgumentOutOfRangeException>(() => TensorGrid.ForBound(bound));

    [Theory]
    [InlineData(TensorGrid.StepExponentMin - 1, 1)]
    [InlineData(TensorGrid.StepExponentMax + 1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, TensorGrid.StepsLimit + 1)]
    public void Limits_of_a_grid_are_enforced(int exponent, int stepsMax)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new TensorGrid(exponent, stepsMax));

    [Fact]
    public void Rounding_takes_ties_to_even_saturates_and_leaves_no_negative_zero()
    {
        var grid = Grid(new TensorGrid(-1, 10));
        float[] difference = [0.25f, 0.75f, 1.25f, -0.25f, -0.75f, 0.3f, 5f, 5.2f, 5.3f, -1e30f, float.Epsilon, -0f];
        var output = new float[difference.Length];
        Assert.Equal(2, GridRounding.Round(difference, grid(difference.Length), output));
        float[] expected = [0f, 1f, 1f, 0f, -1f, 0.5f, 5f, 5f, 5f, -5f, 0f, 0f];
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), output.Select(BitConverter.SingleToInt32Bits));
        Assert.Null(grid(difference.Length).Check(output));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Rounding_refuses_values_that_are_not_finite(float value)
    {
        var error = Assert.Throws<ArgumentException>(
            () => GridRounding.Round([0, value], Grid(new TensorGrid(0))(2), new float[2]));
        Assert.Contains("t[1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rounding_refuses_other_lengths()
    {
        var grid = Grid(new TensorGrid(0))(2);
        Assert.Throws<ArgumentException>(() => GridRounding.Round(new float[3], grid, new float[2]));
        Assert.Throws<ArgumentException>(() => GridRounding.Round(new float[2], grid, new float[3]));
    }

    [Fact]
    public void There_is_one_grid_for_each_tensor()
    {
        var layout = new TensorLayout([new TensorSpec("t", 1, 1)]);
        Assert.Throws<ArgumentException>(() => new UpdateGrid(layout, [new TensorGrid(0), new TensorGrid(0)]));
    }

    [Fact]
    public void Any_finite_value_lands_on_the_grid_within_half_a_step_or_at_the_bound()
    {
        var sequence = new SeededSequence(61, "bit patterns");
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int32BitsToSingle((int)sequence.NextBits());
            if (!float.IsFinite(value))
            {
                continue;
            }

            var exponent = TensorGrid.StepExponentMin + (int)(sequence.NextBits() % 230);
            var tensor = new TensorGrid(exponent, 1 + (int)(sequence.NextBits() % TensorGrid.StepsLimit));
            var output = new float[1];
            var saturatedCount = GridRounding.Round([value], Grid(tensor)(1), output);
            Assert.Null(Grid(tensor)(1).Check(output));
            Assert.Equal(saturatedCount == 1, Math.Abs(value) > tensor.Bound + (tensor.Step / 2)
                || (Math.Abs(value) == tensor.Bound + (tensor.Step / 2) && int.IsOddInteger(tensor.StepsMax)));
            var nearest = Math.Clamp(value, -tensor.Bound, tensor.Bound);
            Assert.True(Math.Abs(output[0] - nearest) <= tensor.Step / 2, $"{value:R} became {output[0]:R}");
        }
    }

    [Fact]
    public void The_check_finds_the_first_fault_that_exact_arithmetic_finds_for_any_bits_and_any_length()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var exponents = TensorGrid.StepExponentMax - TensorGrid.StepExponentMin + 1;
            var tensor = new TensorGrid(
                TensorGrid.StepExponentMin + random.Next(exponents), 1 + random.Next(TensorGrid.StepsLimit));
            var values = new float[1 + random.Next(70)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(random.Next(-tensor.StepsMax, tensor.StepsMax + 1) * tensor.Step);
            for (var fault = random.Next(3); fault > 0; fault--)
            {
                var at = random.Next(values.Length);
                values[at] = random.Next(4) switch
                {
                    0 => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)),
                    1 => (float)((tensor.StepsMax + (double)random.Next(2)) * tensor.Step),
                    2 => MathF.BitIncrement(values[at]),
                    _ => (float)(values[at] + (tensor.Step / 2)),
                };
            }

            var (expected, found) = (FirstFault(tensor, values), Grid(tensor)(values.Length).Check(values)?.Message);
            var isAsExpected = expected is null
                ? found is null
                : found?.StartsWith($"t[{expected}] is", StringComparison.Ordinal) == true;
            Assert.True(isAsExpected, $"seed {seed}: {found ?? "no fault"} in place of a fault at {expected}");
            Assert.Equal(expected is null, tensor.Holds(values));
        }
    }

    /// <summary>Index of the first value that is no k g; null where there is none. In float64, one by one.</summary>
    private static int? FirstFault(TensorGrid tensor, float[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            // A float over a power of two is exact in float64.
            var steps = values[i] / tensor.Step;
            if (!(Math.Abs(steps) <= tensor.StepsMax && Math.Truncate(steps) == steps)) return i;
        }

        return null;
    }

    private static Func<int, UpdateGrid> Grid(TensorGrid tensor)
        => count => new UpdateGrid(new TensorLayout([new TensorSpec("t", count, 1)]), [tensor]);
}
