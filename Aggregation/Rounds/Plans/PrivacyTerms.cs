namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>
/// What a private round asks for. The machine only carries it; each agent judges it by its owner's policy and its own
/// ledger.
/// </summary>
/// <param name="NoiseMultiplier">Standard deviation of the noise over <paramref name="ClipNorm"/>.</param>
/// <param name="ClipNorm">L2 bound of one example's gradient, over all trainables jointly.</param>
/// <param name="Delta">The delta at which epsilon is stated.</param>
public sealed record PrivacyTerms(double NoiseMultiplier, double ClipNorm, double Delta)
{
    /// <summary>A larger delta would allow that single examples are published outright.</summary>
    public const double DeltaMax = 1e-3;
}
