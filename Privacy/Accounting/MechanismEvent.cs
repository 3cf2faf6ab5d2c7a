namespace FedLowRank.Privacy.Accounting;

/// <summary>
/// What was done to private data, apart from how it is charged: <see cref="Steps"/> times, each record was drawn
/// independently with probability <see cref="Rate"/>, the drawn records' contributions were clipped to norm C and
/// summed, and Gaussian noise of standard deviation <see cref="Sigma"/> C was added. Neighbouring data sets differ by
/// one record added or removed. A Gaussian release of everything has rate 1.
/// </summary>
public sealed record MechanismEvent
{
    /// <summary>Describes an event.</summary>
    /// <param name="rate">q, from 0 to 1.</param>
    /// <param name="sigma">Noise multiplier, at least 0; 0 means without any protection.</param>
    /// <param name="steps">Number of releases, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range or not finite.</exception>
    public MechanismEvent(double rate, double sigma, long steps)
    {
        Rate = Limits.Within(rate, 0, 1, "sampling rate");
        Sigma = Limits.Within(sigma, 0, double.MaxValue, "noise multiplier");
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Steps = steps;
    }

    /// <summary>q.</summary>
    public double Rate { get; }

    /// <summary>Noise multiplier.</summary>
    public double Sigma { get; }

    /// <summary>Number of releases.</summary>
    public long Steps { get; }
}
