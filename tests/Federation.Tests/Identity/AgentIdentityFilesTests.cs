using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.AgentKeys;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: an agent that dies at any point of an enrolment or renewal comes out with an old or a new identity that works.
/// Method: real files, with the steps left undone one after the other.
/// </summary>
public sealed class AgentIdentityFilesTests : IDisposable
{
    private static readonly X509Certificate2 Root = Sample.Authority.Certificate;
    private readonly ScratchFolder scratch = new();
    private readonly AgentIdentityFiles files;

    public AgentIdentityFilesTests() => files = new(scratch.File("agent"));

    [Fact]
    public void Enrolment_leaves_one_private_file()
    {
        Assert.False(files.Exists);
        using var identity = Enrol(Sample.Noon);
        Assert.True(files.Exists);
        Assert.False(File.Exists(files.PendingPath));
        Assert.Equal(Sample.Berlin, identity.Agent);
        Assert.True(identity.Certificate.HasPrivateKey);
        Assert.Equal(Root.RawData, identity.Authority.RawData);
        Assert.Equal(Sample.Noon.AddHours(12), identity.RenewAt);
        Assert.Null(identity.RefusalAt(Sample.Noon));
        Assert.IsType<CertificateRefusal.Expired>(identity.RefusalAt(Sample.Noon.AddHours(25)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.IdentityPath));
        }

        Assert.Equal([files.IdentityPath], Directory.GetFiles(Path.GetDirectoryName(files.IdentityPath)!));
    }

    [Fact]
    public void A_request_that_was_interrupted_is_made_again_with_the_same_key()
    {
        byte[] first, second;
        using (var key = files.PendingKey()) first = key.ExportSubjectPublicKeyInfo();
        using (var key = files.PendingKey()) second = key.ExportSubjectPublicKeyInfo();
        Assert.Equal(first, second);
        using var identity = Enrol(Sample.Noon);
        using (var key = files.PendingKey()) Assert.NotEqual(first, key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void Renewal_replaces_key_and_certificate_together()
    {
        using var before = Enrol(Sample.Noon);
        using (files.PendingKey())
        {
            // Dies here: the old identity still works.
            using var still = files.Load();
            Assert.Equal(before.Certificate.Thumbprint, still.Certificate.Thumbprint);
        }

        using var after = Enrol(Sample.Noon.AddHours(12));
        using var loaded = files.Load();
        Assert.Equal(after.Certificate.Thumbprint, loaded.Certificate.Thumbprint);
        Assert.NotEqual(before.Certificate.GetPublicKeyString(), loaded.Certificate.GetPublicKeyString());
    }

    [Fact]
    public void What_the_server_should_not_have_sent_changes_nothing()
    {
        using var before = Enrol(Sample.Noon);
        using var foreign = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        using var key = files.PendingKey();
        using var otherKey = Sample.NewKey();
        (string Pem, Type Refusal)[] wrong =
        [
            ("", typeof(CertificateRefusal.Unusable)), ("-----BEGIN", typeof(CertificateRefusal.Unusable)),
            (Sample.Issue(otherKey).Pem, typeof(CertificateRefusal.Unusable)),
            (Sample.Issue(key, authority: foreign).Pem, typeof(CertificateRefusal.UnknownIssuer)),
            (Sample.Issue(key, now: Sample.Noon.AddDays(2)).Pem, typeof(CertificateRefusal.NotYetValid)),
            (Root.ExportCertificatePem(), typeof(CertificateRefusal.UnknownIssuer)),
        ];
        foreach (var (pem, refusal) in wrong)
        {
            var outcome = files.Accept(pem, Root, Sample.Noon);
            Assert.IsType(refusal, Assert.IsType<Outcome<AgentIdentity>.Refused>(outcome).Refusal);
            using var still = files.Load();
            Assert.Equal(before.Certificate.Thumbprint, still.Certificate.Thumbprint);
            Assert.True(File.Exists(files.PendingPath));
        }
    }

    [Fact]
    public void A_damaged_file_is_said_to_be_damaged()
    {
        Assert.Equal(FileProblem.Missing, Problem());
        Enrol(Sample.Noon).Dispose();
        var good = File.ReadAllText(files.IdentityPath);
        const string Begin = "-----BEGIN";
        var blocks = good.Split(Begin, StringSplitOptions.RemoveEmptyEntries).Select(block => Begin + block).ToList();
        using var otherKey = Sample.NewKey();
        (string Text, FileProblem Problem)[] wrong =
        [
            ("", FileProblem.Malformed), (good[..100], FileProblem.Malformed),
            (blocks[0] + blocks[1], FileProblem.Malformed), (blocks[0] + blocks[2] + blocks[2], FileProblem.Malformed),
            (blocks[1] + blocks[0] + blocks[2], FileProblem.Malformed),
            (otherKey.ExportPkcs8PrivateKeyPem() + "\n" + blocks[1] + blocks[2], FileProblem.KeyMismatch),
        ];
        foreach (var (text, problem) in wrong)
        {
            File.WriteAllText(files.IdentityPath, text);
            Assert.Equal(problem, Problem());
        }

        File.WriteAllText(files.PendingPath, "junk");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(files.PendingPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(
            FileProblem.Malformed, Assert.Throws<IdentityFileException>(() => files.PendingKey()).Problem);
    }

    public void Dispose() => scratch.Dispose();

    private FileProblem Problem() => Assert.Throws<IdentityFileException>(() => files.Load()).Problem;

    private AgentIdentity Enrol(DateTimeOffset now)
    {
        using var key = files.PendingKey();
        return Sample.Accepted(files.Accept(Sample.Issue(key, now: now).Pem, Root, now));
    }
}
