using System.Globalization;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>
/// Reads of an update the tensors of one shard and no other byte, and holds each against the hash in the update's list
/// of sections.
/// </summary>
internal sealed class ShardSections
{
    /// <summary>Most bytes that an update may have of one shard, as a few of them are held in memory.</summary>
    public const int BytesMax = 1 << 30;

    private readonly UpdateForm form;
    private readonly List<Run> runs = [];

    /// <summary>Finds where the shard's tensors lie.</summary>
    /// <param name="form">Of the updates.</param>
    /// <param name="shard">Tensors of the shard.</param>
    /// <exception cref="WorkException">They have more than <see cref="BytesMax"/>.</exception>
    public ShardSections(UpdateForm form, TensorLayout shard)
    {
        this.form = form;
        var wanted = shard.Tensors.Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        var first = 0;
        for (var i = 0; i <= form.Header.Tensors.Length; i++)
        {
            if (i < form.Header.Tensors.Length && wanted.Contains(form.Header.Tensors[i].Name)) continue;
            if (i > first) runs.Add(new(first, i - first));
            first = i + 1;
        }

        var bytes = runs.Sum(LengthOf);
        if (bytes > BytesMax)
        {
            throw new WorkException(string.Create(
                CultureInfo.InvariantCulture,
                $"an update has {bytes} bytes of the shard; at most {BytesMax} are summed in one"));
        }

        SizeBytes = (int)bytes;
    }

    /// <summary>Bytes of the shard's tensors.</summary>
    public int SizeBytes { get; }

    /// <summary>The shard's tensors in the order of the file, and where each begins in what was read.</summary>
    public IEnumerable<(SafetensorsTensor Tensor, int Offset)> Tensors()
    {
        var offset = 0;
        foreach (var tensor in runs.SelectMany(run => form.Header.Tensors.Skip(run.First).Take(run.Count)))
        {
            yield return (tensor, offset);
            offset += (int)tensor.ByteLength;
        }
    }

    /// <summary>Reads the shard's tensors of an update.</summary>
    /// <param name="blobs">Where from.</param>
    /// <param name="update">The update.</param>
    /// <param name="target">Takes <see cref="SizeBytes"/>, all of them checked once this has returned true.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>
    /// False where the update has no list that is whole. The list spares reads and nothing else: no round is to fail
    /// for it, as the whole update can be checked by its own hash.
    /// </returns>
    /// <exception cref="WorkException">A tensor is damaged.</exception>
    /// <exception cref="BlobException">The update is missing or too short.</exception>
    public async Task<bool> TryReadAsync(
        IBlobStore blobs, FrozenUpdate update, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (await FindListAsync(blobs, update, cancellationToken) is not { } list) return false;
        foreach (var run in runs)
        {
            var tensors = form.Header.Tensors.AsSpan().Slice(run.First, run.Count).ToArray();
            var range = new BlobRange(form.Header.FileOffset(tensors[0]), LengthOf(run));
            await using (var source = await blobs.OpenReadAsync(update.Update, range, cancellationToken))
                await source.ReadExactlyAsync(target[..(int)range.Length], cancellationToken);
            for (var i = 0; i < tensors.Length; i++)
            {
                var tensor = target.Span[..(int)tensors[i].ByteLength];
                if (BlobHash.Of(SHA256.HashData(tensor)) != list.Tensors[run.First + i])
                    throw new WorkException($"its tensor {tensors[i].Name} is damaged");
                target = target[tensor.Length..];
            }
        }

        return true;
    }

    private async Task<UpdateSections?> FindListAsync(
        IBlobStore blobs, FrozenUpdate update, CancellationToken cancellationToken)
    {
        if (update.Sections is not { } sections) return null;
        try
        {
            return await UpdateSections.LoadAsync(blobs, sections, form, cancellationToken);
        }
        catch (Exception error) when (
            error is CheckpointException or BlobException { Error: BlobError.BlobNotFound or BlobError.Damaged })
        {
            return null;
        }
    }

    private long LengthOf(Run run) =>
        form.Header.Tensors[run.First + run.Count - 1].End - form.Header.Tensors[run.First].Begin;

    /// <summary>Tensors that lie one behind the other.</summary>
    private readonly record struct Run(int First, int Count);
}
