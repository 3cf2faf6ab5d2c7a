namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>What differs between worlds.</summary>
internal sealed record WorldPlan
{
    /// <summary>How many rounds the run has at most; the noise is calibrated for so many.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>Fewest updates with which a round may close.</summary>
    public int Quorum { get; init; } = 2;

    /// <summary>How long a round waits for updates.</summary>
    public int CollectingSeconds { get; init; } = 100;
}
