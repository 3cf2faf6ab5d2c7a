using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>Goal: the authority's file is private, is never overwritten, and says what is wrong with it.</summary>
public sealed class AuthorityFileTests : IDisposable
{
    private const string Passphrase = "correct horse battery";
    private readonly ScratchFolder folder = new();

    private string File => folder.File("keys/authority.pem");

    [Fact]
    public void It_comes_back_as_it_was_under_its_passphrase_only()
    {
        AuthorityFile.Create(File, Sample.Authority, Passphrase);
        Assert.Contains("ENCRYPTED PRIVATE KEY", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        var loaded = AuthorityFile.Load(File, Passphrase);
        using var again = loaded.Authority;
        Assert.Null(loaded.Warning);
        Assert.Equal(Sample.Authority.Fingerprint, again.Fingerprint);

        using var key = Sample.NewKey();
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(
            Sample.Issue(key, authority: again).Pem);
        Sample.Accepted(PeerCheck.Agent(certificate, Sample.Authority.Certificate, Sample.Noon));

        Assert.Equal(FileProblem.PassphraseNeeded, Problem(passphrase: null));
        Assert.Equal(FileProblem.PassphraseWrong, Problem("correct horse buttery"));
        Assert.Throws<ArgumentException>(() => AuthorityFile.Create(folder.File("a"), Sample.Authority, "too short"));
    }

    [Fact]
    public void Without_a_passphrase_there_is_a_warning()
    {
        AuthorityFile.Create(File, Sample.Authority, passphrase: null);
        var loaded = AuthorityFile.Load(File, passphrase: null);
        loaded.Authority.Dispose();
        Assert.Contains("is not encrypted", loaded.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_else_may_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        AuthorityFile.Create(File, Sample.Authority, passphrase: null);
#pragma warning disable CA1416 // Skipped on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.GroupRead);
#pragma warning restore CA1416
        Assert.Equal(FileProblem.TooOpen, Problem(passphrase: null));
    }

    [Fact]
    public void It_is_never_replaced()
    {
        AuthorityFile.Create(File, Sample.Authority, passphrase: null);
        var before = System.IO.File.ReadAllText(File);
        using var other = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        var error = Assert.Throws<IdentityFileException>(() => AuthorityFile.Create(File, other, passphrase: null));
        Assert.Equal(FileProblem.Exists, error.Problem);
        Assert.Equal(before, System.IO.File.ReadAllText(File));
        Assert.Equal([File], Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Assert.Equal(FileProblem.Missing, Problem(passphrase: null));
        AuthorityFile.Create(File, Sample.Authority, passphrase: null);
        var good = System.IO.File.ReadAllText(File);
        using var other = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        var foreign = other.Certificate.ExportCertificatePem() + "\n" + Sample.Authority.ExportKey();
        (string Text, FileProblem Problem)[] cases =
        [
            ("", FileProblem.Malformed), (good[..200], FileProblem.Malformed), (good + good, FileProblem.Malformed),
            (new string('x', 70_000), FileProblem.Malformed), (foreign, FileProblem.KeyMismatch),
            (good.Replace("MIG", "AAA", StringComparison.Ordinal), FileProblem.Malformed),
        ];
        foreach (var (text, problem) in cases)
        {
            System.IO.File.WriteAllText(File, text);
            Assert.Equal(problem, Problem(passphrase: null));
        }
    }

    public void Dispose() => folder.Dispose();

    private FileProblem Problem(string? passphrase) =>
        Assert.Throws<IdentityFileException>(() => AuthorityFile.Load(File, passphrase)).Problem;
}
