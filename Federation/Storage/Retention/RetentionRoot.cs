using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Storage.Retention;

/// <summary>Something that is kept, such as a checkpoint or an open round, with all that it needs.</summary>
/// <param name="Name">For people: "checkpoint 12 of night-shift".</param>
/// <param name="Blobs">The manifest and every blob that it names, or names by way of another.</param>
/// <param name="Entries">The journal entries that it needs, to be replayed or audited.</param>
public sealed record RetentionRoot(string Name, ValueList<BlobHash> Blobs, ValueList<NeededEntries> Entries);

/// <summary>All entries of a stream from a number on.</summary>
/// <param name="Stream">Of the journal.</param>
/// <param name="First">The first number needed.</param>
public sealed record NeededEntries(StreamName Stream, long First);
