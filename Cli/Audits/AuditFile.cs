using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Audits;

/// <summary>An exported audit log: one entry a line, the newest signed head last.</summary>
internal static class AuditFile
{
    /// <summary>Writes the server's log to a new file, whole or not at all.</summary>
    /// <exception cref="AdminException">It cannot be had, or the file is there already.</exception>
    public static async Task DownloadAsync(AdminClient client, string path, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
            throw AdminException.BadInput("exists", $"{path}: is there already and is not overwritten");
        var staged = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(staged, FileMode.CreateNew, FileAccess.Write))
            {
                await using var body = await client.OpenAsync(Routes.AuditExport, cancellationToken);
                await body.CopyToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(staged, path);
        }
        finally
        {
            File.Delete(staged);
        }
    }

    /// <summary>Checks a file. Memory does not grow with it.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="authority">From a trusted place.</param>
    /// <exception cref="AdminException">It ends with no signed head, so that nothing vouches for it.</exception>
    public static AuditVerdict Verify(string path, X509Certificate2 authority)
    {
        string? last = null;
        foreach (var line in File.ReadLines(path, Encoding.Latin1)) last = line;
        SignedHead head;
        try
        {
            head = AuditJson.ReadHead(Encoding.Latin1.GetBytes(last ?? ""));
        }
        catch (JsonException error)
        {
            throw AdminException.Unsound(
                "no-signed-head", $"{path}: its last line is not the authority's word on its end: {error.Message}",
                error);
        }

        return AuditCheck.Verify(Entries(path), [head], authority);
    }

    // All lines but the last.
    private static IEnumerable<ReadOnlyMemory<byte>> Entries(string path)
    {
        string? before = null;
        foreach (var line in File.ReadLines(path, Encoding.Latin1))
        {
            if (before is not null) yield return Encoding.Latin1.GetBytes(before);
            before = line;
        }
    }
}
