using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>One piece of the server's work.</summary>
/// <param name="Try">
/// How often it was ordered again, from 0. Tells a failure of this order from that of an older one.
/// </param>
/// <param name="Failures">Since the stage began or was resumed.</param>
/// <param name="Result">Hash of what it made; null until it is done.</param>
public sealed record WorkSlot(int Try, int Failures, BlobHash? Result)
{
    /// <summary>Ordered for the first time.</summary>
    internal static WorkSlot New { get; } = new(0, 0, null);
}
