using Azure.Storage.Blobs.Models;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// The blocks of an upload, each beginning where the one before ends. A block that is staged and not committed yet
/// counts: it is as durable, for a week.
/// </summary>
internal sealed class BlockChain
{
    /// <summary>Most blocks of a blob.</summary>
    public const int BlocksMax = 50_000;

    private BlockChain(IReadOnlyList<string> names, long lastOffset, long lengthBytes, bool isCommitted) =>
        (Names, LastOffset, LengthBytes, IsCommitted) = (names, lastOffset, lengthBytes, isCommitted);

    /// <summary>In order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Where the last block begins; 0 where there is none.</summary>
    public long LastOffset { get; }

    /// <summary>Bytes of all.</summary>
    public long LengthBytes { get; }

    /// <summary>Whether the blob is exactly this, so that it can be read.</summary>
    public bool IsCommitted { get; }

    /// <summary>What was just committed.</summary>
    public static BlockChain Committed(IReadOnlyList<string> names, long lengthBytes) =>
        new(names, names.Count == 0 ? 0 : StagedPiece.OffsetOf(names[^1])!.Value, lengthBytes, isCommitted: true);

    /// <summary>What Azure has.</summary>
    public static BlockChain Of(BlockList list)
    {
        var staged = ByOffset(list.UncommittedBlocks);
        var committed = ByOffset(list.CommittedBlocks);
        var (names, last, end, hasStaged) = (new List<string>(), 0L, 0L, false);
        while (names.Count < BlocksMax)
        {
            // Of two with one name the staged one is the later.
            var isStaged = staged.TryGetValue(end, out var block);
            if ((!isStaged && !committed.TryGetValue(end, out block)) || block.SizeLong == 0) break;
            hasStaged |= isStaged;
            names.Add(block.Name);
            (last, end) = (end, end + block.SizeLong);
        }

        var isCommitted = !hasStaged && names.SequenceEqual(list.CommittedBlocks.Select(block => block.Name));
        return new(names, last, end, isCommitted);
    }

    private static Dictionary<long, BlobBlock> ByOffset(IEnumerable<BlobBlock> blocks)
    {
        var places = new Dictionary<long, BlobBlock>();
        foreach (var block in blocks)
        {
            if (StagedPiece.OffsetOf(block.Name) is { } offset) places[offset] = block;
        }

        return places;
    }
}
