using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Retention;

namespace FedLowRank.Federation.Work;

/// <summary>What a sweep did.</summary>
/// <param name="DeletedCount">Blobs that went.</param>
/// <param name="DeletedBytes">Their size.</param>
/// <param name="Missing">What is needed and was not there: a fault to be told to people.</param>
public sealed record SweepReport(int DeletedCount, long DeletedBytes, ValueList<MissingBlob> Missing);
