namespace FedLowRank.Federation.Storage.Journals;

/// <summary>Some neighbouring entries of a stream and what the stream holds, both as of one moment.</summary>
/// <param name="StreamKey">Never used twice, so that a stream deleted and begun again is another.</param>
/// <param name="First">Of the stream.</param>
/// <param name="Last">Of the stream.</param>
/// <param name="Newest">Number of the last entry that is really there; null where none is.</param>
/// <param name="Entries">By rising number.</param>
internal sealed record EntryPage(
    long StreamKey, long First, long Last, long? Newest, IReadOnlyList<StoredEntry> Entries);

/// <summary>An entry as a database has it.</summary>
internal sealed record StoredEntry(long Number, byte[] Seal, byte[] Payload);
