namespace FedLowRank.Federation.Storage.Journals;

/// <summary>What became of a snapshot.</summary>
public enum SnapshotResult
{
    /// <summary>It is durable and is what will be read.</summary>
    Saved,

    /// <summary>A newer one is there and stays.</summary>
    Older,

    /// <summary>The stream has no such entry; nothing was stored.</summary>
    Ahead,
}
