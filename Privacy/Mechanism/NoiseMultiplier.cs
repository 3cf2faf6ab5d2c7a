namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Sigma, the standard deviation of the noise in units of the clip norm. Never zero: no noise, no privacy.
/// </summary>
public sealed record NoiseMultiplier
{
    /// <summary>
    /// Smallest multiplier. Less would protect nobody (one step costs epsilon in the thousands), and here the noise
    /// is still far coarser than the rounding of a float64 sum, so that it cannot get lost in it.
    /// </summary>
    public const double Min = 0.01;

    /// <summary>Largest multiplier.</summary>
    public const double Max = 1e6;

    /// <summary>Creates a noise multiplier.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not between <see cref="Min"/> and <see cref="Max"/>.</exception>
    public NoiseMultiplier(double value) => Value = Limits.Within(value, Min, Max, "noise multiplier");

    /// <summary>Sigma, without unit.</summary>
    public double Value { get; }
}
