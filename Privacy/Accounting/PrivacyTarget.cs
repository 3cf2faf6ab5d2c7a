namespace FedLowRank.Privacy.Accounting;

/// <summary>An (epsilon, delta) guarantee that must not be exceeded.</summary>
public sealed record PrivacyTarget
{
    /// <summary>Creates a target.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// Epsilon is not positive and finite, or delta does not lie strictly between 0 and 1.
    /// </exception>
    public PrivacyTarget(double epsilon, double delta)
    {
        Epsilon = Limits.Within(epsilon, double.Epsilon, double.MaxValue, "epsilon");
        Delta = Limits.Within(delta, double.Epsilon, Math.BitDecrement(1), "delta");
    }

    /// <summary>Bound on the privacy loss, in natural-log units.</summary>
    public double Epsilon { get; }

    /// <summary>Probability with which the bound may fail; well below 1 / (number of records).</summary>
    public double Delta { get; }
}
