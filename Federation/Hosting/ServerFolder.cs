using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Hosting;

/// <summary>
/// All that a server by itself keeps, in one folder that its user alone may read: <c>journal.db</c>, <c>blobs/</c>,
/// <c>uploads/</c> and <c>authority.pem</c>. One process at a time has it open.
/// </summary>
public sealed class ServerFolder : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string AuthorityName = "authority.pem";

    private readonly SqliteJournal sqlite;

    private ServerFolder(SqliteJournal journal, IBlobStore blobs, LoadedAuthority authority) =>
        (sqlite, Blobs, Authority, Warning) = (journal, blobs, authority.Authority, authority.Warning);

    /// <summary>The journal.</summary>
    public IJournal Journal => sqlite;

    /// <summary>The blobs.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>The certificate authority; made with the folder.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>What the operator should hear at every start, or null.</summary>
    public string? Warning { get; }

    /// <summary>Opens the folder, or makes it.</summary>
    /// <param name="path">On a disk of this machine.</param>
    /// <param name="passphrase">Of the authority's key; null leaves a new key unencrypted.</param>
    /// <param name="random">For a new authority.</param>
    /// <param name="time">Gives blobs their age, and a new authority its dates.</param>
    /// <param name="cancellationToken">Heeded until the check of the journal begins.</param>
    /// <exception cref="JournalException">
    /// <see cref="JournalError.InUse"/>: another process has the folder open. Others: the journal cannot be used.
    /// </exception>
    /// <exception cref="BlobException">The folder cannot be made or written.</exception>
    /// <exception cref="IdentityFileException">The authority's file cannot be used.</exception>
    /// <exception cref="ArgumentException">The passphrase for a new authority is too short.</exception>
    public static async Task<ServerFolder> OpenAsync(
        string path, string? passphrase, IRandomSource random, TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        time ??= TimeProvider.System;
        StateFolder.Create(path);

        // One that was there may be open to others, and the files of the database are as open as it is.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, OwnerOnly);

        // The journal's lock on the folder comes first, so that two servers do not both make an authority.
        var journal = await SqliteJournal.OpenAsync(path, cancellationToken: cancellationToken);
        try
        {
            CloseToOthers(path);
            var authority = Path.Combine(path, AuthorityName);
            if (!File.Exists(authority)) await CreateAuthorityAsync(authority, passphrase, random, time, journal);
            return new(journal, FileBlobStore.Open(path, time: time), AuthorityFile.Load(authority, passphrase));
        }
        catch
        {
            await journal.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await sqlite.DisposeAsync();
        Authority.Dispose();
    }

    private static async Task CreateAuthorityAsync(
        string file, string? passphrase, IRandomSource random, TimeProvider time, SqliteJournal journal)
    {
        if ((await journal.ListAsync(prefix: "")).Count > 0)
        {
            throw new IdentityFileException(
                file, FileProblem.Missing,
                "the server's certificate authority is gone, and its agents know no other; restore it from a copy");
        }

        using var authority = CertificateAuthority.Create(time.GetUtcNow(), random);
        AuthorityFile.Create(file, authority, passphrase);
    }

    /// <summary>The database's own files are made with the mode of the process, and follow that of the first.</summary>
    private static void CloseToOthers(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.EnumerateFiles(path, "journal*"))
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
