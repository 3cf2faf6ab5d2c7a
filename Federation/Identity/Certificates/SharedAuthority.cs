using System.Text;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// The authority of a cluster: one entry of the journal that all its processes share, as PEM with the key encrypted.
/// Whoever comes first makes it.
/// </summary>
public static class SharedAuthority
{
    /// <summary>The stream; its first entry is the authority, and it has no other.</summary>
    public static readonly StreamName Stream = new("cluster/authority");

    /// <summary>Loads the authority, or makes it where the journal is empty.</summary>
    /// <param name="journal">Shared by all processes of the cluster.</param>
    /// <param name="passphrase">The same everywhere.</param>
    /// <param name="random">For a new authority.</param>
    /// <param name="time">Gives a new authority its dates.</param>
    /// <param name="cancellationToken">Stops the reading; a new authority is then there or is not.</param>
    /// <exception cref="ArgumentException">The passphrase for a new authority is too short.</exception>
    /// <exception cref="IdentityFileException">
    /// The passphrase is another one, the entry is not of the form, or it is gone from a journal that is in use.
    /// </exception>
    public static async Task<CertificateAuthority> OpenAsync(
        IJournal journal, string passphrase, IRandomSource random, TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        if (await FindAsync(journal, passphrase, cancellationToken) is { } known) return known;

        // Listed after the search: a process that came first meanwhile has appended the authority before all else.
        var streams = await journal.ListAsync(prefix: "", cancellationToken);
        if (streams.Count > 0 && streams.All(stream => stream.Name != Stream))
        {
            throw new IdentityFileException(
                Stream.Value, FileProblem.Missing,
                "the cluster's certificate authority is gone, and its agents know no other; restore the database");
        }

        using (var made = CertificateAuthority.Create(time.GetUtcNow(), random))
        {
            var text = Encoding.UTF8.GetBytes(AuthorityText.Write(made, passphrase));

            // Another process may be first; then what it made counts, and this one is forgotten.
            await journal.AppendAsync(Stream, expectedLast: 0, [text], cancellationToken);
        }

        return await FindAsync(journal, passphrase, cancellationToken) ??
            throw new IdentityFileException(Stream.Value, FileProblem.Missing, "the authority was stored and is gone");
    }

    private static async Task<CertificateAuthority?> FindAsync(
        IJournal journal, string passphrase, CancellationToken cancellationToken)
    {
        await foreach (var entry in journal.ReadAsync(Stream, first: 1, cancellationToken))
        {
            var text = Encoding.UTF8.GetString(entry.Payload.Span);
            return AuthorityText.Read(Stream.Value, text, passphrase).Authority;
        }

        return null;
    }
}
