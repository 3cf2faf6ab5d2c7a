namespace FedLowRank.Federation.Storage.Retention;

/// <summary>What may be removed although nothing is wrong with it.</summary>
/// <param name="BlobGrace">
/// A blob younger than this stays, needed or not: its receipt may not be in the journal yet.
/// </param>
/// <param name="EntriesKept">
/// Entries of a stream that stay before its snapshot, so that the last ones can be looked at; null for all of them.
/// </param>
public sealed record RetentionPolicy(TimeSpan BlobGrace, long? EntriesKept);
