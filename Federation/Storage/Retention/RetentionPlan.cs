using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Storage.Retention;

/// <summary>What may go.</summary>
/// <param name="Blobs">No root needs them, and they are old.</param>
/// <param name="Entries">How far each stream may be pruned.</param>
/// <param name="Missing">What a root needs and is not there: a fault to be told to people.</param>
public sealed record RetentionPlan(
    ValueList<StoredBlob> Blobs, ValueList<PrunableEntries> Entries, ValueList<MissingBlob> Missing);

/// <summary>Entries that may be pruned.</summary>
/// <param name="Stream">Of the journal.</param>
/// <param name="Through">The last of them.</param>
public sealed record PrunableEntries(StreamName Stream, long Through);

/// <summary>A blob that is needed and not there.</summary>
/// <param name="Root">Name of what needs it.</param>
/// <param name="Hash">Of the blob.</param>
public sealed record MissingBlob(string Root, BlobHash Hash);
