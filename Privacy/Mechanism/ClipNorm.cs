namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// C, the largest L2 norm that one example may add to a sum: the sensitivity of the sum when one example is added or
/// removed.
/// </summary>
public sealed record ClipNorm
{
    /// <summary>Smallest clip norm; below it sums would come near the smallest F32 values.</summary>
    public const double Min = 1e-12;

    /// <summary>Largest clip norm.</summary>
    public const double Max = 1e12;

    /// <summary>Creates a clip norm.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not between <see cref="Min"/> and <see cref="Max"/>.</exception>
    public ClipNorm(double value) => Value = Limits.Within(value, Min, Max, "clip norm");

    /// <summary>C, in the unit of the gradient.</summary>
    public double Value { get; }
}
