using System.Security.Cryptography;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>Goal: a server's folder is one server's, and nobody else's to read. Method: real folders.</summary>
public sealed class ServerFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fedlowrank-folder-").FullName;
    private readonly IRandomSource random = new SystemBytes();

    private string Data => Path.Combine(root, "data");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task What_was_made_is_found_again()
    {
        var first = await OpenAsync();
        var fingerprint = first.Authority.Fingerprint;
        Assert.Contains("not encrypted", first.Warning, StringComparison.Ordinal);
        await first.DisposeAsync();
        await using var second = await OpenAsync();
        Assert.Equal(fingerprint, second.Authority.Fingerprint);
    }

    [Fact]
    public async Task A_passphrase_is_asked_for_again()
    {
        var first = await OpenAsync("correct horse battery");
        Assert.Null(first.Warning);
        await first.DisposeAsync();
        var error = await Assert.ThrowsAsync<IdentityFileException>(() => OpenAsync("wrong horse battery"));
        Assert.Equal(FileProblem.PassphraseWrong, error.Problem);
        await using var second = await OpenAsync("correct horse battery");
    }

    [Fact]
    public async Task A_second_server_is_told_that_the_folder_is_in_use()
    {
        await using var first = await OpenAsync();
        var error = await Assert.ThrowsAsync<JournalException>(() => OpenAsync());
        Assert.Equal(JournalError.InUse, error.Error);
        Assert.Contains(Data, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_authority_is_told_and_not_replaced()
    {
        await using (var first = await OpenAsync())
            await first.Journal.AppendAsync(new("users"), 0, ["{}"u8.ToArray()], Token);
        File.Delete(Path.Combine(Data, "authority.pem"));
        var error = await Assert.ThrowsAsync<IdentityFileException>(() => OpenAsync());
        Assert.Equal(FileProblem.Missing, error.Problem);
    }

    [Fact]
    public async Task Nobody_else_can_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has access lists instead of modes");
            return;
        }

        const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(Data, OwnerFolder | UnixFileMode.OtherRead | UnixFileMode.GroupRead);
        await using var folder = await OpenAsync();
        await folder.Journal.AppendAsync(new("users"), 0, ["{}"u8.ToArray()], Token);
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(Data));
        foreach (var file in Directory.EnumerateFiles(Data))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    private Task<ServerFolder> OpenAsync(string? passphrase = null) =>
        ServerFolder.OpenAsync(Data, passphrase, random, cancellationToken: Token);

    private sealed class SystemBytes : IRandomSource
    {
        public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
    }
}
