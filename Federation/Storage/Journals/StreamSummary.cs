namespace FedLowRank.Federation.Storage.Journals;

/// <summary>What a stream holds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">Number of the first entry that is not pruned; Last + 1 where all are.</param>
/// <param name="Last">Number of the last entry.</param>
/// <param name="Snapshot">Number of the entry after which the snapshot was taken; null where there is none.</param>
public sealed record StreamSummary(StreamName Name, long First, long Last, long? Snapshot);
