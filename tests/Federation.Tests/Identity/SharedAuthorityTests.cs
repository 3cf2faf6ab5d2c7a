using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Storage.Journals.Sqlite;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>Goal: all processes of a cluster have one authority, and storage alone does not give it away.</summary>
public sealed class SharedAuthorityTests : IAsyncLifetime
{
    private const string Passphrase = "correct horse battery";
    private readonly ScratchFolder folder = new();
    private SqliteJournal journal = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        journal = await SqliteJournal.OpenAsync(folder.File("journal"), cancellationToken: Token);

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Whoever_comes_first_makes_it_and_all_load_the_same()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(OpenAsync, Token)));
        Assert.Single(opened.Select(authority => authority.Fingerprint).Distinct());
        var now = DateTimeOffset.UtcNow;
        using var member = Sample.Accepted(opened[0].IssueMember("c", now, Sample.Random));
        Sample.Accepted(PeerCheck.Member(member, opened[7].Certificate, "c", now));
        foreach (var authority in opened) authority.Dispose();
        Assert.Equal(1, (await journal.FindAsync(SharedAuthority.Stream, Token))!.Last);
    }

    [Fact]
    public async Task The_key_is_stored_encrypted_and_opens_under_its_passphrase_only()
    {
        using (await OpenAsync())
        {
        }

        await foreach (var entry in journal.ReadAsync(SharedAuthority.Stream, 1, Token))
            Assert.Contains(
                "ENCRYPTED PRIVATE KEY", Encoding.UTF8.GetString(entry.Payload.Span), StringComparison.Ordinal);
        Assert.Equal(FileProblem.PassphraseWrong, (await FailsAsync("correct horse buttery")).Problem);
    }

    [Fact]
    public async Task A_short_passphrase_makes_no_authority()
    {
        await Assert.ThrowsAsync<ArgumentException>(
            () => SharedAuthority.OpenAsync(journal, "too short", Sample.Random, TimeProvider.System, Token));
        Assert.Empty(await journal.ListAsync("", Token));
    }

    [Fact]
    public async Task A_journal_in_use_without_its_authority_gets_no_new_one()
    {
        await journal.AppendAsync(new("runs/r"), 0, [new byte[1]], Token);
        var error = await FailsAsync(Passphrase);
        Assert.Equal(FileProblem.Missing, error.Problem);
        Assert.Contains("restore the database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_that_is_no_authority_is_refused()
    {
        await journal.AppendAsync(SharedAuthority.Stream, 0, ["no PEM"u8.ToArray()], Token);
        Assert.Equal(FileProblem.Malformed, (await FailsAsync(Passphrase)).Problem);
    }

    [Fact]
    public void A_member_of_a_cluster_is_no_agent_no_server_and_of_no_other_cluster()
    {
        using var member = Sample.Accepted(Sample.Authority.IssueMember("c", Sample.Noon, Sample.Random));
        Sample.Accepted(Member(member));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongCluster>(
            PeerCheck.Member(member, Sample.Authority.Certificate, "other", Sample.Noon));
        Sample.Refused<AgentCertificate, CertificateRefusal.WrongUse>(
            PeerCheck.Agent(member, Sample.Authority.Certificate, Sample.Noon));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongUse>(
            PeerCheck.Server(member, Sample.Authority.Certificate, "localhost", Sample.Noon));
        Sample.Refused<X509Certificate2, CertificateRefusal.Expired>(
            PeerCheck.Member(member, Sample.Authority.Certificate, "c", Sample.Noon.AddDays(31)));
    }

    [Fact]
    public void Agents_servers_and_strangers_are_no_members()
    {
        using var agent = Sample.IssueWithKey();
        using var server = Sample.IssueServer();
        using var other = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        using var stranger = Sample.Accepted(other.IssueMember("c", Sample.Noon, Sample.Random));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongUse>(Member(agent));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongUse>(Member(server));
        Sample.Refused<X509Certificate2, CertificateRefusal.UnknownIssuer>(Member(stranger));
        Sample.Refused<X509Certificate2, CertificateRefusal.Missing>(Member(null));
        Sample.Refused<X509Certificate2, CertificateRefusal.UnknownIssuer>(Member(Sample.Authority.Certificate));
    }

    private static Outcome<X509Certificate2> Member(X509Certificate2? presented) =>
        PeerCheck.Member(presented, Sample.Authority.Certificate, "c", Sample.Noon);

    private Task<CertificateAuthority> OpenAsync() =>
        SharedAuthority.OpenAsync(journal, Passphrase, Sample.Random, TimeProvider.System, Token);

    private Task<IdentityFileException> FailsAsync(string passphrase) => Assert.ThrowsAsync<IdentityFileException>(
        () => SharedAuthority.OpenAsync(journal, passphrase, Sample.Random, TimeProvider.System, Token));
}
