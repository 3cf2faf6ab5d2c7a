using System.Globalization;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Accounting;

/// <summary>The least noise with which a training keeps its privacy target.</summary>
public static class NoiseCalibration
{
    private const double RelativeWidth = 1e-6;

    /// <summary>
    /// Noise multiplier for a number of steps at one sampling rate. The accountant's epsilon at the result is at most
    /// the target's; a multiplier smaller by 1e-6 of itself would exceed it.
    /// </summary>
    /// <param name="target">Must not be exceeded.</param>
    /// <param name="rate">q.</param>
    /// <param name="steps">Steps over all rounds; at least 1.</param>
    /// <param name="accountant">Any upper bound that does not grow with sigma.</param>
    /// <exception cref="ArgumentException">
    /// Not even <see cref="NoiseMultiplier.Max"/> keeps the target.
    /// </exception>
    public static NoiseMultiplier NoiseFor(
        PrivacyTarget target, SamplingRate rate, long steps, IAccountant accountant)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(rate);
        ArgumentNullException.ThrowIfNull(accountant);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (Keeps(NoiseMultiplier.Min))
        {
            return new NoiseMultiplier(NoiseMultiplier.Min);
        }

        if (!Keeps(NoiseMultiplier.Max))
        {
            var message = string.Create(
                CultureInfo.InvariantCulture,
                $"epsilon {target.Epsilon} at delta {target.Delta} cannot be kept over {steps} steps at sampling rate "
                + $"{rate.Value}: accountant {accountant.Name} gives {Epsilon(NoiseMultiplier.Max)} at the largest "
                + $"noise multiplier, {NoiseMultiplier.Max}; "
                + $"take fewer steps, a lower rate or a larger epsilon or delta");
            throw new ArgumentException(message, nameof(target));
        }

        var (broken, kept) = (NoiseMultiplier.Min, NoiseMultiplier.Max);
        while (kept - broken > RelativeWidth * kept)
        {
            var middle = Math.Sqrt(broken * kept);
            (broken, kept) = Keeps(middle) ? (broken, middle) : (middle, kept);
        }

        return new NoiseMultiplier(kept);

        bool Keeps(double sigma) => Epsilon(sigma) <= target.Epsilon;

        double Epsilon(double sigma) =>
            accountant.Epsilon([new MechanismEvent(rate.Value, sigma, steps)], target.Delta);
    }
}
