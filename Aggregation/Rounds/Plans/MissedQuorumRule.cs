namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>
/// First the wait is extended, once an attempt and only while more can still come; then the round is tried again, with
/// what it has; then comes the last resort.
/// </summary>
/// <param name="ExtendSeconds">0 for no extension.</param>
/// <param name="RetriesMax">Further attempts at one round.</param>
/// <param name="LastResort">What happens when these are used up.</param>
public sealed record MissedQuorumRule(int ExtendSeconds, int RetriesMax, LastResort LastResort);
