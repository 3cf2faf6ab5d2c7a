using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>What is known of a blob without reading it.</summary>
/// <param name="Hash">SHA-256 of its bytes when it was stored.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="StoredAt">When it was stored last; the same content again makes a blob young again.</param>
public sealed record StoredBlob(BlobHash Hash, long SizeBytes, DateTimeOffset StoredAt);
