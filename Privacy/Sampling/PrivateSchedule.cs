using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Sampling;

/// <summary>
/// The public constants of a private run at one agent. They derive from the nominal number of records that the
/// owner declares, never from the number of rows: that number is private when neighbouring data sets differ by a
/// record.
/// </summary>
public sealed record PrivateSchedule
{
    /// <summary>Makes a schedule.</summary>
    /// <param name="nominalRecords">n, declared by the owner; at least 1.</param>
    /// <param name="batch">
    /// Desired mean batch; at least 1. An agent with fewer nominal records takes all of them in each step.
    /// </param>
    /// <param name="rounds">Rounds in which the agent takes part at most; at least 0.</param>
    /// <param name="localSteps">Steps in one round; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is below its limit.</exception>
    public PrivateSchedule(long nominalRecords, int batch, int rounds, int localSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nominalRecords, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rounds);
        ArgumentOutOfRangeException.ThrowIfNegative(localSteps);
        Rate = new SamplingRate(Math.Min(1, batch / (double)nominalRecords));
        ExpectedBatch = Math.Min(batch, nominalRecords);
        LocalSteps = localSteps;
        Steps = (long)rounds * localSteps;
    }

    private PrivateSchedule(SamplingRate rate, long nominalRecords, int localSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nominalRecords, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(localSteps);
        (Rate, ExpectedBatch, LocalSteps, Steps) = (rate, rate.Value * nominalRecords, localSteps, localSteps);
    }

    /// <summary>One round at a declared sampling rate.</summary>
    /// <param name="rate">q.</param>
    /// <param name="nominalRecords">n, declared by the owner; at least 1.</param>
    /// <param name="localSteps">Steps in the round; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is below its limit.</exception>
    public static PrivateSchedule OneRound(SamplingRate rate, long nominalRecords, int localSteps) =>
        new(rate, nominalRecords, localSteps);

    /// <summary>q: declared, or min(1, batch / n).</summary>
    public SamplingRate Rate { get; }

    /// <summary>q n, by which noised sums are divided: never the realised size of a batch.</summary>
    public double ExpectedBatch { get; }

    /// <summary>Steps in one round.</summary>
    public int LocalSteps { get; }

    /// <summary>Steps over all rounds.</summary>
    public long Steps { get; }

    /// <summary>What the whole schedule does to the data, for the accountant.</summary>
    public MechanismEvent Event(NoiseMultiplier sigma) => new(Rate.Value, sigma.Value, Steps);
}
