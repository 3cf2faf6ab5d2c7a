namespace FedLowRank.Federation.Identity.Audit;

/// <summary>The log as a file: one entry a line, the newest signed head last.</summary>
public static class AuditExport
{
    /// <summary>Writes the lines as they are stored, so that their hashes stay what they are.</summary>
    /// <param name="lines">All entries from the first, each as <see cref="AuditJson"/>.</param>
    /// <param name="signedHead">The authority's word on the last of them.</param>
    /// <param name="target">Is not closed.</param>
    /// <param name="cancellation">Stops between two entries.</param>
    public static async Task WriteAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> lines, SignedHead signedHead, Stream target,
        CancellationToken cancellation)
    {
        await foreach (var line in lines.WithCancellation(cancellation).ConfigureAwait(false))
            await WriteLineAsync(line).ConfigureAwait(false);
        await WriteLineAsync(AuditJson.Write(signedHead)).ConfigureAwait(false);

        async ValueTask WriteLineAsync(ReadOnlyMemory<byte> line)
        {
            await target.WriteAsync(line, cancellation).ConfigureAwait(false);
            await target.WriteAsync("\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        }
    }
}
