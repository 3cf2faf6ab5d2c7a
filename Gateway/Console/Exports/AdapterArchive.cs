using System.IO.Compression;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Gateway.Console.Exports;

/// <summary>
/// Checkpoints as one file with the very folder that the command line's <c>runs export</c> makes without a base model.
/// </summary>
/// <remarks>
/// An adapter is in memory while its tensors are written, so one is made at a time; and all of it is on the disk before
/// the first byte is sent, so that a damaged checkpoint is told in words and a slow reader holds nothing but a file.
/// </remarks>
internal sealed class AdapterArchive(IBlobStore blobs) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Makes the file.</summary>
    /// <param name="signature">The authority's word.</param>
    /// <param name="name">Of the folder in it.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing behind.</param>
    /// <returns>The archive from its beginning; it is gone from the disk once it is closed.</returns>
    /// <exception cref="CheckpointException">A part is missing or damaged, or PEFT cannot hold the adapter.</exception>
    /// <exception cref="IOException">The disk of temporary files fails or is full.</exception>
    public async Task<FileStream> MakeAsync(
        SignedCheckpoint signature, string name, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        var work = Directory.CreateTempSubdirectory("fedlowrank-export-");
        try
        {
            var folder = Path.Combine(work.FullName, "adapter");
            var reader = new CheckpointReader(blobs);
            var manifest = await reader.ReadManifestAsync(signature.Manifest, cancellationToken);
            await CheckpointExport.WriteAsync(
                signature, manifest, reader, CheckpointExport.DefaultOptions(manifest), folder, cancellationToken);
            return await PackAsync(folder, name, signature.At, cancellationToken);
        }
        finally
        {
            work.Delete(recursive: true);
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    // Not compressed: trained weights do not get smaller.
    private static async Task<FileStream> PackAsync(
        string folder, string name, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var packed = new FileStream(
            Path.Combine(Path.GetTempPath(), $"fedlowrank-export-{Guid.NewGuid():N}.zip"), options);
        try
        {
            await using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
                {
                    var entry = archive.CreateEntry($"{name}/{Path.GetFileName(path)}", CompressionLevel.NoCompression);
                    entry.LastWriteTime = at.ToUniversalTime();
                    await using var source = File.OpenRead(path);
                    await using var target = await entry.OpenAsync(cancellationToken);
                    await source.CopyToAsync(target, cancellationToken);
                }
            }

            packed.Position = 0;
            return packed;
        }
        catch
        {
            await packed.DisposeAsync();
            throw;
        }
    }
}
