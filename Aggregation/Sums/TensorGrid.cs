using System.Numerics;
using System.Runtime.InteropServices;

namespace FedLowRank.Aggregation.Sums;

/// <summary>
/// The values that one tensor of an update may hold: k g for integer |k| &lt;= <see cref="StepsMax"/>, with the step
/// g = 2^<see cref="StepExponent"/>. A power of two and |k| &lt;= 2^24 make every value exact in F32.
/// </summary>
public sealed record TensorGrid
{
    /// <summary>Largest |k| of any grid: F32 holds every integer up to 2^24.</summary>
    public const int StepsLimit = 1 << 24;

    /// <summary>
    /// Smallest exponent. From here on no k g but 0 is subnormal, so hardware that flushes subnormals keeps it.
    /// </summary>
    public const int StepExponentMin = -126;

    /// <summary>Largest exponent: 2^24 g = 2^127 is still finite in F32.</summary>
    public const int StepExponentMax = 103;

    /// <summary>Creates a grid.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside the limits of this class.</exception>
    public TensorGrid(int stepExponent, int stepsMax = StepsLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepExponent, StepExponentMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepExponent, StepExponentMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepsMax, StepsLimit);
        StepExponent = stepExponent;
        StepsMax = stepsMax;
        Step = Math.ScaleB(1.0, stepExponent);
    }

    /// <summary>Base-2 logarithm of the step.</summary>
    public int StepExponent { get; }

    /// <summary>Largest |k|.</summary>
    public int StepsMax { get; }

    /// <summary>g.</summary>
    public double Step { get; }

    /// <summary>Largest magnitude on the grid: <see cref="StepsMax"/> x <see cref="Step"/>.</summary>
    public double Bound => StepsMax * Step;

    /// <summary>
    /// The finest grid whose values reach up to <paramref name="bound"/> (to within one step) and not beyond it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The bound is not finite, below the finest step or above 2^127.
    /// </exception>
    public static TensorGrid ForBound(double bound)
    {
        var largest = Math.ScaleB(StepsLimit, StepExponentMax);
        var smallest = Math.ScaleB(1.0, StepExponentMin);
        if (!(bound >= smallest && bound <= largest))
        {
            throw new ArgumentOutOfRangeException(
                nameof(bound), bound, $"the bound of an update must lie between {smallest} and {largest}");
        }

        // bound = m 2^e with 1 <= m < 2: the smallest power of two not below the bound is 2^e or 2^(e + 1).
        var exponent = Math.ILogB(bound);
        if (Math.ScaleB(1.0, exponent) < bound)
        {
            exponent++;
        }

        var stepExponent = Math.Max(exponent - 24, StepExponentMin);
        return new TensorGrid(stepExponent, (int)Math.ScaleB(bound, -stepExponent));
    }

    /// <summary>Whether every value is k g with an integer |k| at most <see cref="StepsMax"/>.</summary>
    /// <remarks>
    /// In F32, yet exact: k = trunc(x / g) with |k| &lt;= 2^24 makes k g a float, so that k g = x says that x is on the
    /// grid; and of an x on the grid x / g is exact. What overflows, underflows or is not a number fails either test.
    /// </remarks>
    public bool Holds(ReadOnlySpan<float> values)
    {
        var (step, stepsPerUnit, stepsMax) = ((float)Step, (float)(1 / Step), (float)StepsMax);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var vector in vectors)
        {
            var steps = vector * stepsPerUnit;
            var isInBound = Vector.LessThanOrEqual(Vector.Abs(steps), new Vector<float>(stepsMax));
            var isWhole = Vector.Equals(Vector.Truncate(steps) * step, vector);
            if (!Vector.EqualsAll(isInBound & isWhole, Vector<int>.AllBitsSet))
            {
                return false;
            }
        }

        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
        {
            var steps = value * stepsPerUnit;
            if (!(MathF.Abs(steps) <= stepsMax && MathF.Truncate(steps) * step == value))
            {
                return false;
            }
        }

        return true;
    }
}
