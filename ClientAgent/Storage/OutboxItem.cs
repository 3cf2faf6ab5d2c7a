using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>
/// An update that is durable here and not yet settled with the server. Comes from the <see cref="Outbox"/> alone, which
/// takes nothing but <see cref="Training.Local.SendableUpdate"/>.
/// </summary>
internal sealed class OutboxItem
{
    internal OutboxItem(RoundRef round, string path, BlobHash hash, long bytes, int weight) =>
        (Round, Path, Hash, Bytes, Weight) = (round, path, hash, bytes, weight);

    public RoundRef Round { get; }

    public BlobHash Hash { get; }

    public long Bytes { get; }

    /// <summary>The declared weight, from the owner's nominal n.</summary>
    public int Weight { get; }

    internal string Path { get; }
}
