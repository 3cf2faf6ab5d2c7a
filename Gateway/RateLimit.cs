namespace FedLowRank.Gateway;

/// <summary>How often something may happen.</summary>
/// <param name="Burst">So often at once.</param>
/// <param name="PerSecond">And then so often in a second on average.</param>
public sealed record RateLimit(int Burst, double PerSecond);
