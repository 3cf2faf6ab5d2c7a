namespace FedLowRank.ClientAgent.Policies;

/// <summary>What a plan may ask for; bounds included.</summary>
/// <param name="NoiseMultiplierMin">Least sigma.</param>
/// <param name="ClipMin">Least C.</param>
/// <param name="ClipMax">Largest C.</param>
/// <param name="SamplingRateMax">Largest q.</param>
/// <param name="LocalStepsMax">Most steps of a round.</param>
internal sealed record TermLimits(
    double NoiseMultiplierMin, double ClipMin, double ClipMax, double SamplingRateMax, int LocalStepsMax);
