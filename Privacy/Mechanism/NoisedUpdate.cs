using System.Collections.Immutable;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// What one round of private training changed: the only update that may leave an agent in a private run.
/// </summary>
public sealed class NoisedUpdate
{
    private readonly float[] difference;

    /// <summary>Takes ownership of the difference.</summary>
    internal NoisedUpdate(float[] difference, ImmutableArray<MechanismEvent> spent)
    {
        this.difference = difference;
        Spent = spent;
    }

    /// <summary>Parameters at the end minus those at the start, flat.</summary>
    public ReadOnlySpan<float> Difference => difference;

    /// <summary>What was done to the data for it; never more than the ledger had reserved before.</summary>
    public ImmutableArray<MechanismEvent> Spent { get; }
}
