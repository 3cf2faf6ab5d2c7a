namespace FedLowRank.Privacy.Sampling;

/// <summary>q, the probability with which each record enters a step's batch, independently of all others.</summary>
public sealed record SamplingRate
{
    /// <summary>Creates a sampling rate.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0 and at most 1.</exception>
    public SamplingRate(double value) => Value = Limits.Within(value, double.Epsilon, 1, "sampling rate");

    /// <summary>q, above 0 and at most 1.</summary>
    public double Value { get; }
}
