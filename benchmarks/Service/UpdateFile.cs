using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>An update as it is sent, ready-made: nobody trains.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offer">Its hash and size.</param>
internal sealed record UpdateFile(string Path, UploadOffer Offer)
{
    private const int BlockValues = 1 << 18;

    /// <summary>Writes an update whose values, one block of them again and again, are drawn from its grid.</summary>
    public static UpdateFile Write(UpdateForm form, string path, int seed)
    {
        var block = new float[BlockValues];
        var (random, grid) = (new Random(seed), form.Grid.Tensors[0]);
        foreach (ref var value in block.AsSpan())
            value = (float)(random.Next(-grid.StepsMax, grid.StepsMax + 1) * grid.Step);

        using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        file.Write(form.Header.ToBytes());
        foreach (var tensor in form.Header.Tensors)
        {
            for (var left = tensor.Count; left > 0;)
            {
                var part = block.AsSpan(0, (int)Math.Min(left, BlockValues));
                file.Write(MemoryMarshal.AsBytes(part));
                left -= part.Length;
            }
        }

        file.Flush(flushToDisk: true);
        file.Position = 0;
        return new(path, new(BlobHash.Of(SHA256.HashData(file)), file.Length));
    }
}
