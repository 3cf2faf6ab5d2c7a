using FedLowRank.Aggregation.Sums;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Local;

/// <summary>The only thing that an agent sends of its training: a difference on the plan's grid.</summary>
public sealed class SendableUpdate
{
    private readonly float[] values;

    private SendableUpdate(ReadOnlySpan<float> difference, UpdateGrid grid)
    {
        values = new float[difference.Length];
        SaturatedCount = GridRounding.Round(difference, grid, values);
    }

    /// <summary>The difference, flat in the grid's layout; every value lies on the grid.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>Values that were cut to the grid's bound. Stays with the agent.</summary>
    public int SaturatedCount { get; }

    /// <summary>From a round of private training: rounding is post-processing.</summary>
    /// <exception cref="ArgumentException">The update does not fit the grid, or a value is not finite.</exception>
    public static SendableUpdate From(NoisedUpdate update, UpdateGrid grid) => new(update.Difference, grid);

    /// <summary>
    /// From a round of ordinary training, where run and owner have both said that nothing is private.
    /// </summary>
    /// <exception cref="InvalidOperationException">The run or the owner wants privacy.</exception>
    /// <exception cref="ArgumentException">The update does not fit the grid, or a value is not finite.</exception>
    public static SendableUpdate From(PlainUpdate update, UpdateGrid grid, UploadPolicy policy) =>
        policy.RunIsPrivate || policy.OwnerWantsPrivacy
            ? throw new InvalidOperationException(
                $"an update without noise is not sent: the {(policy.RunIsPrivate ? "run" : "owner")} wants privacy")
            : new SendableUpdate(update.Difference, grid);
}
