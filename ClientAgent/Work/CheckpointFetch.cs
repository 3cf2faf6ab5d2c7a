using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Brings checkpoints here: the manifest by its hash, the pinned authority's signature of it, and the parts by theirs,
/// each from where a cut connection left it. Nothing that was not verified is used.
/// </summary>
/// <param name="folder">Has the downloads.</param>
/// <param name="channel">To the server.</param>
/// <param name="adapterBytesMax">Most bytes of all parts together.</param>
internal sealed class CheckpointFetch(
    AgentFolder folder, AgentChannel channel, long adapterBytesMax = CheckpointFetch.AdapterBytesMax)
{
    /// <summary>As much as a gateway takes of an adapter to start from.</summary>
    public const long AdapterBytesMax = 16L << 30;

    private const string PartialSuffix = ".partial";
    private const int BlockBytes = 1 << 20;

    // The ledger and the outbox share the disk with what the server sends.
    private const long DiskSpareBytes = 64L << 20;

    /// <summary>The adapter of a checkpoint.</summary>
    /// <exception cref="CheckpointException">What the server gives out is not what it says.</exception>
    /// <exception cref="RefusedException">The server does not give it out.</exception>
    /// <exception cref="HttpRequestException">The connection broke; what came is kept for the next try.</exception>
    public async Task<Adapter> AdapterAsync(
        RunId run, BlobHash checkpoint, X509Certificate2 authority, CancellationToken cancellation)
    {
        var json = await channel.CheckpointAsync(run, checkpoint, "", cancellation);
        if (ManifestJson.HashOf(json) != checkpoint)
            throw new CheckpointException($"the manifest that the server gave out is not {checkpoint}");
        await RequireSignatureAsync(run, checkpoint, authority, cancellation);
        var manifest = ManifestJson.Read(json);
        StateFolder.Create(folder.Downloads);
        Discard(manifest.Parts);
        if (manifest.Parts.Count > RunPlan.ShardsMax)
            throw new CheckpointException($"{checkpoint} has {manifest.Parts.Count} parts, above {RunPlan.ShardsMax}");
        var parts = new List<Adapter>();
        var bytesLeft = adapterBytesMax;
        for (var index = 0; index < manifest.Parts.Count; index++)
        {
            var path = await PartAsync(run, checkpoint, (index, manifest.Parts[index]), bytesLeft, cancellation);
            await using var file = File.OpenRead(path);
            bytesLeft -= file.Length;
            parts.Add(await AdapterFile.ReadAsync(file, cancellation));
        }

        try
        {
            return new Adapter(parts.SelectMany(part => part.Layers), parts.SelectMany(part => part.Head));
        }
        catch (ArgumentException error)
        {
            throw new CheckpointException($"the parts of {checkpoint} do not fit together: {error.Message}", error);
        }
    }

    private async Task RequireSignatureAsync(
        RunId run, BlobHash checkpoint, X509Certificate2 authority, CancellationToken cancellation)
    {
        var json = await channel.CheckpointAsync(run, checkpoint, "/signature", cancellation);
        SignedCheckpoint? signed;
        try
        {
            signed = JsonSerializer.Deserialize(json, WireJson.Default.SignedCheckpoint);
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"the signature of {checkpoint} cannot be read: {error.Message}", error);
        }

        if (signed is null || signed.Run != run || signed.Manifest != checkpoint ||
            !CheckpointSignatures.IsGenuine(signed, authority))
            throw new CheckpointException($"{checkpoint} of run {run} is not signed by this agent's authority");
    }

    /// <returns>Path of the verified file.</returns>
    private async Task<string> PartAsync(
        RunId run, BlobHash checkpoint, (int Index, BlobHash Hash) part, long bytesMax, CancellationToken cancellation)
    {
        var whole = Path.Combine(folder.Downloads, part.Hash.ToString());
        if (File.Exists(whole) && await IsAsync(whole, part.Hash, cancellation)) return whole;
        var partial = whole + PartialSuffix;
        if (File.Exists(partial) && await IsAsync(partial, part.Hash, cancellation))
        {
            // All of it came before an earlier life of the agent ended.
            File.Move(partial, whole, overwrite: true);
            return whole;
        }

        try
        {
            await using var file = new FileStream(
                partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var (response, body) = await channel.PartAsync(run, checkpoint, part.Index, file.Length, cancellation);
            using (response)
            await using (body)
            {
                // A server that does not resume begins anew.
                if (response.StatusCode != HttpStatusCode.PartialContent) file.SetLength(0);
                file.Position = file.Length;
                var declared = response.Content.Headers.ContentLength ?? 0;
                await ReceiveAsync(body, declared, file, bytesMax, cancellation);
            }
        }
        catch (CheckpointException)
        {
            File.Delete(partial);
            throw;
        }

        if (!await IsAsync(partial, part.Hash, cancellation))
        {
            File.Delete(partial);
            throw new CheckpointException($"part {part.Index} that the server gave out is not {part.Hash}");
        }

        File.Move(partial, whole, overwrite: true);
        return whole;
    }

    // What the server declares spares a vain download; what counts is what comes.
    private async Task ReceiveAsync(
        Stream body, long declared, FileStream file, long bytesMax, CancellationToken cancellation)
    {
        var free = new DriveInfo(folder.Root).AvailableFreeSpace - DiskSpareBytes;
        var left = Math.Min(bytesMax - file.Position, free);
        Require(declared);
        var block = new byte[BlockBytes];
        while (await body.ReadAsync(block, cancellation) is > 0 and var count)
        {
            Require(count);
            left -= count;
            await file.WriteAsync(block.AsMemory(0, count), cancellation);
        }

        void Require(long bytes)
        {
            if (bytes > left)
            {
                throw new CheckpointException(
                    $"the checkpoint is longer than the {adapterBytesMax} bytes that an adapter may have, or than "
                    + $"what the disk of {folder.Root} has free");
            }
        }
    }

    private static async Task<bool> IsAsync(string path, BlobHash hash, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return BlobHash.Of(await SHA256.HashDataAsync(file, cancellation)) == hash;
    }

    /// <summary>Keeps no file but those of the checkpoint at hand.</summary>
    private void Discard(IEnumerable<BlobHash> wanted)
    {
        var names = wanted.Select(hash => hash.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder.Downloads))
            if (!names.Contains(Path.GetFileNameWithoutExtension(path))) File.Delete(path);
    }
}
