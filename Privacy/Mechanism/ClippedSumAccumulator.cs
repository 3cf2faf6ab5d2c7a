using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Clips each example's gradient to norm C, jointly over all trainables, and sums (Abadi et al., arXiv 1607.00133,
/// algorithm 1).
/// </summary>
/// <remarks>
/// Guarantees:
/// <list type="bullet">
/// <item>An all-finite row adds a vector of L2 norm at most C: exactly, not up to rounding. The factor
/// min(1, C / norm) is taken with an upper bound of the norm, and what is added is cut towards zero to a grid.</item>
/// <item>A row with a NaN or an infinity adds nothing.</item>
/// <item>The sum is exact, because all terms lie on one grid of 2^-32 to 2^-31 C. Adding or removing an example
/// therefore changes it by that example's term and nothing else. Rounded float sums do not have this property, and
/// their true sensitivity is larger than assumed (Casacuberta et al., arXiv 2207.10635).</item>
/// <item>The result is the same bits for every order of the rows and on every hardware, given the rows; what a device
/// sums by itself (<see cref="AddSum"/>) is as good as the rows that it computed.</item>
/// </list>
/// Not safe for concurrent use.
/// </remarks>
public sealed class ClippedSumAccumulator : IGradientSum
{
    /// <summary>Most examples in one sum; up to here float64 holds the sum of grid multiples exactly.</summary>
    public const int ExamplesMax = 1 << 20;

    private readonly ClippingRule rule;
    private double[] sum;
    private int examplesInSum;

    /// <summary>Starts with an empty batch.</summary>
    /// <param name="clip">C.</param>
    /// <param name="dimension">Values in one row; at least 1.</param>
    public ClippedSumAccumulator(ClipNorm clip, int dimension)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        rule = new ClippingRule(clip, dimension);
        sum = new double[dimension];
    }

    /// <inheritdoc/>
    public int Dimension => sum.Length;

    /// <inheritdoc/>
    public ClippingRule Rule => rule;

    /// <summary>
    /// Rows seen since the start. Like all counts of this class it derives from private data: a local diagnostic that
    /// must not leave the agent.
    /// </summary>
    public long Examples { get; private set; }

    /// <summary>Rows dropped for a NaN or an infinity. Local diagnostic: must not leave the agent.</summary>
    public long NonFinite { get; private set; }

    /// <summary>Rows scaled down. Local diagnostic: must not leave the agent.</summary>
    public long Clipped { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Not a whole number of rows.</exception>
    /// <exception cref="InvalidOperationException">More than <see cref="ExamplesMax"/> examples in one sum.</exception>
    public void AddRows(ReadOnlySpan<float> rows)
    {
        if (rows.Length % Dimension != 0)
        {
            throw new ArgumentException(
                $"{rows.Length} values are not whole rows of {Dimension} values", nameof(rows));
        }

        Count(rows.Length / Dimension);
        for (; !rows.IsEmpty; rows = rows[Dimension..])
        {
            AddRow(rows[..Dimension]);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// Counts that cannot be, or a sum that is no sum of so many terms of the rule: not of whole grid steps, or longer
    /// than all of them together can be.
    /// </exception>
    /// <exception cref="InvalidOperationException">More than <see cref="ExamplesMax"/> examples in one sum.</exception>
    public void AddSum(ReadOnlySpan<double> block, RowCounts rows)
    {
        if (block.Length != Dimension)
            throw new ArgumentException($"a sum of {block.Length} values; expected {Dimension}", nameof(block));
        var terms = rows.Examples - rows.NonFinite;
        if (rows.NonFinite < 0 || terms < 0 || rows.Clipped < 0 || rows.Clipped > terms)
            throw new ArgumentException($"{rows} cannot be", nameof(rows));
        var squares = 0.0;
        foreach (var value in block)
        {
            if (Math.Truncate(value) != value)
                throw new ArgumentException($"{value} is no whole number of grid steps", nameof(block));
            squares += value * value;
        }

        // The terms are no longer than C each, so their sum is not longer than all of them; the slack is for squares.
        var norm = Math.ScaleB(Math.Sqrt(squares), rule.GridExponent);
        if (!(norm <= terms * rule.Clip.Value * rule.NormSlack))
        {
            throw new ArgumentException(
                $"the sum of {terms} clipped gradients is longer than they can be", nameof(block));
        }


        Count(rows.Examples);
        Clipped += rows.Clipped;
        NonFinite += rows.NonFinite;
        for (var i = 0; i < sum.Length; i++) sum[i] += block[i];
    }

    /// <summary>
    /// Ends the batch, also an empty one, and hands over its sum. The next row starts a new batch; the counts go on.
    /// </summary>
    public ClippedSum Take()
    {
        var taken = new ClippedSum(sum, rule.GridExponent, rule.Clip);
        sum = new double[Dimension];
        examplesInSum = 0;
        return taken;
    }

    private void Count(int examples)
    {
        if (examples > ExamplesMax - examplesInSum)
        {
            throw new InvalidOperationException($"more than {ExamplesMax} examples in one sum");
        }

        examplesInSum += examples;
        Examples += examples;
    }

    private void AddRow(ReadOnlySpan<float> row)
    {
        // F32 squared neither overflows nor underflows in float64: not finite means that an entry is not.
        var squares = SumOfSquares(row);
        if (!double.IsFinite(squares))
        {
            NonFinite++;
            return;
        }

        var factor = rule.Factor(squares);
        if (factor < 1) Clipped++;
        AddScaled(row, Math.ScaleB(factor, -rule.GridExponent));
    }

    /// <summary>
    /// Sixteen fixed lanes: lane j takes entries j, j + 16, ... The order does not depend on the hardware, as
    /// Vector256 is carried out in smaller pieces where the processor has no such registers.
    /// </summary>
    private static double SumOfSquares(ReadOnlySpan<float> row)
    {
        var blocks = MemoryMarshal.Cast<float, Vector256<float>>(row);
        var a = Vector256<double>.Zero;
        var b = Vector256<double>.Zero;
        var c = Vector256<double>.Zero;
        var d = Vector256<double>.Zero;
        for (var i = 0; i + 1 < blocks.Length; i += 2)
        {
            var (low, high) = Vector256.Widen(blocks[i]);
            a += low * low;
            b += high * high;
            (low, high) = Vector256.Widen(blocks[i + 1]);
            c += low * low;
            d += high * high;
        }

        var lanes = (a + b) + (c + d);
        var total = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        foreach (double value in row[(blocks.Length / 2 * 16)..])
        {
            total += value * value;
        }

        return total;
    }

    /// <summary>Adds the row in grid steps, cut towards zero: cutting can only shorten the vector.</summary>
    private void AddScaled(ReadOnlySpan<float> row, double scale)
    {
        var values = MemoryMarshal.Cast<float, Vector256<float>>(row);
        var sums = MemoryMarshal.Cast<double, Vector256<double>>(sum.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            var (low, high) = Vector256.Widen(values[i]);
            sums[2 * i] += Vector256.Truncate(low * scale);
            sums[2 * i + 1] += Vector256.Truncate(high * scale);
        }

        for (var i = values.Length * Vector256<float>.Count; i < row.Length; i++)
        {
            sum[i] += Math.Truncate(row[i] * scale);
        }
    }
}
