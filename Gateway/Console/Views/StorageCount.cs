namespace FedLowRank.Gateway.Console.Views;

/// <summary>How much is stored of adapters, updates and checkpoints.</summary>
/// <param name="Blobs">How many files.</param>
/// <param name="Bytes">In all of them.</param>
/// <param name="IsAll">False where there is more that was not counted.</param>
public sealed record StorageCount(long Blobs, long Bytes, bool IsAll);
