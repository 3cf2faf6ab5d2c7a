using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: certificates are what we say, and each way of being wrong has its own reason. Method: real certificates with
/// one thing changed at a time; times are handed in.
/// </summary>
public class CertificateAuthorityTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;
    private static readonly X509Certificate2 Root = Sample.Authority.Certificate;

    [Fact]
    public void The_authority_holds_ten_years_and_signs_leaves_only()
    {
        Assert.Equal(new(Noon.AddMinutes(-5), Noon.AddDays(3652).AddMinutes(5)), Validity.Of(Root));
        var constraints = Assert.Single(Root.Extensions.OfType<X509BasicConstraintsExtension>());
        Assert.Equal(
            (true, true, 0, true),
            (constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint,
                constraints.Critical));
        Assert.False(Root.HasPrivateKey);
    }

    [Fact]
    public void An_agents_certificate_is_written_by_the_server_alone()
    {
        using var key = Sample.NewKey();
        var request = new CertificateRequest("CN=root, O=Evil", key, HashAlgorithmName.SHA512);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        var read = Sample.Accepted(AgentRequest.Read(request.CreateSigningRequestPem()));

        var issued = Sample.Accepted(
            Sample.Authority.IssueAgent(Sample.Berlin, read, TimeSpan.FromHours(24), Noon, Sample.Random));
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        Assert.Equal("CN=Berlin.01", certificate.Subject);
        Assert.Equal(
            (Noon.AddMinutes(-5), Noon.AddHours(24).AddMinutes(5)), (issued.NotBefore, issued.NotAfter));
        var constraints = Assert.Single(certificate.Extensions.OfType<X509BasicConstraintsExtension>());
        Assert.False(constraints.CertificateAuthority);
        var names = Assert.Single(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>());
        Assert.Contains("urn:fedlowrank:agent:Berlin.01", System.Text.Encoding.ASCII.GetString(names.RawData),
            StringComparison.Ordinal);

        var peer = Sample.Accepted(PeerCheck.Agent(certificate, Root, Noon));
        Assert.Equal(new AgentCertificate(Sample.Berlin, issued.Serial, issued.NotAfter), peer);
        Assert.Equal(
            SHA256.HashData(key.ExportSubjectPublicKeyInfo()), Convert.FromHexString(issued.KeyHash.ToString()));
        Assert.Equal(Noon.AddHours(12), CertificateLifetimes.RenewAt(issued.NotBefore, issued.NotAfter));
    }

    [Theory]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    [InlineData("80000000000000000000000000000000")]
    [InlineData("00000000000000000000000000000001")]
    [InlineData("007f0000000000000000000000000000")]
    public void Every_serial_number_survives_its_encoding(string serial)
    {
        using var key = Sample.NewKey();
        var read = Sample.Accepted(AgentRequest.Read(AgentRequest.Create(key)));
        var issued = Sample.Accepted(Sample.Authority.IssueAgent(
            Sample.Berlin, read, TimeSpan.FromHours(1), Noon, new FixedBytes(Convert.FromHexString(serial))));
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        Assert.Equal(serial, issued.Serial.ToString());
        Assert.Equal(issued.Serial, Sample.Accepted(PeerCheck.Agent(certificate, Root, Noon)).Serial);
        Assert.Equal(issued.Serial, SerialNumber.Parse(serial));
    }

    [Fact]
    public void The_dates_are_exact_to_the_second_and_a_refusal_names_the_clock()
    {
        using var certificate = Sample.IssueWithKey();
        var (first, last) = (Noon.AddMinutes(-5), Noon.AddHours(24).AddMinutes(5));
        Sample.Accepted(PeerCheck.Agent(certificate, Root, first));
        Sample.Accepted(PeerCheck.Agent(certificate, Root, last.AddSeconds(-1)));

        var late = Sample.Refused<AgentCertificate, CertificateRefusal.Expired>(
            PeerCheck.Agent(certificate, Root, last));
        Assert.Equal((last, last), (late.NotAfter, late.Now));
        Assert.Contains("clock here says 2026-03-02 12:05:00Z", late.Message, StringComparison.Ordinal);

        using var future = Sample.IssueWithKey(now: Noon.AddDays(1));
        var early = Sample.Refused<AgentCertificate, CertificateRefusal.NotYetValid>(
            PeerCheck.Agent(future, Root, Noon));
        Assert.Contains("check both clocks", early.Message, StringComparison.Ordinal);
        Sample.Refused<AgentCertificate, CertificateRefusal.AuthorityOutOfDate>(
            PeerCheck.Agent(certificate, Root, Noon.AddYears(11)));
    }

    [Fact]
    public void Nothing_outlives_the_authority()
    {
        var end = Validity.Of(Root).End;
        using var key = Sample.NewKey();
        Assert.Equal(end, Sample.Issue(key, now: end.AddHours(-1)).NotAfter);
        var read = Sample.Accepted(AgentRequest.Read(AgentRequest.Create(key)));
        Sample.Refused<IssuedCertificate, CertificateRefusal.AuthorityOutOfDate>(
            Sample.Authority.IssueAgent(Sample.Berlin, read, TimeSpan.FromHours(24), end, Sample.Random));
        Sample.Refused<X509Certificate2, CertificateRefusal.AuthorityOutOfDate>(
            Sample.Authority.IssueServer(["localhost"], Noon.AddDays(-1), Sample.Random));
    }

    [Fact]
    public void Another_authority_counts_for_nothing_not_even_one_of_the_same_name()
    {
        using var foreign = CertificateAuthority.Create(Noon, Sample.Random);
        using var certificate = Sample.IssueWithKey(foreign);
        Sample.Refused<AgentCertificate, CertificateRefusal.UnknownIssuer>(PeerCheck.Agent(certificate, Root, Noon));
        Sample.Refused<AgentCertificate, CertificateRefusal.UnknownIssuer>(
            PeerCheck.Agent(certificate, Root, Noon.AddYears(1)));

        using var namesake = SelfSigned(Root.Subject, isAuthority: true);
        using var key = Sample.NewKey();
        var request = new CertificateRequest("CN=Berlin.01", key, HashAlgorithmName.SHA256);
        using var forged = request.Create(namesake, Noon, Noon.AddHours(1), [1, 2, 3]);
        Sample.Refused<AgentCertificate, CertificateRefusal.UnknownIssuer>(PeerCheck.Agent(forged, Root, Noon));

        using var lonely = SelfSigned("CN=Berlin.01", isAuthority: false);
        Sample.Refused<AgentCertificate, CertificateRefusal.UnknownIssuer>(PeerCheck.Agent(lonely, Root, Noon));
        Sample.Refused<AgentCertificate, CertificateRefusal.Missing>(PeerCheck.Agent(null, Root, Noon));
    }

    [Fact]
    public void A_certificate_serves_its_own_use_only()
    {
        using var server = Sample.IssueServer();
        using var agent = Sample.IssueWithKey();
        Sample.Refused<AgentCertificate, CertificateRefusal.WrongUse>(PeerCheck.Agent(server, Root, Noon));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongUse>(
            PeerCheck.Server(agent, Root, "localhost", Noon));
        Assert.IsType<Outcome<AgentCertificate>.Refused>(PeerCheck.Agent(Root, Root, Noon));
    }

    [Theory]
    [InlineData("CN=Berlin.02", "urn:fedlowrank:agent:Berlin.01")]
    [InlineData("CN=Berlin.01, O=More", "urn:fedlowrank:agent:Berlin.01")]
    [InlineData("CN=Berlin.01", "urn:fedlowrank:run:Berlin.01")]
    [InlineData("CN=Berlin.01", null)]
    [InlineData("CN=Berlin 01", "urn:fedlowrank:agent:Berlin.01")]
    [InlineData("O=Berlin.01", "urn:fedlowrank:agent:Berlin.01")]
    public void Names_that_are_not_one_agents_are_refused(string subject, string? uri)
    {
        using var key = Sample.NewKey();
        using var certificate = Signed(key, subject, uri);
        Sample.Refused<AgentCertificate, CertificateRefusal.WrongAgent>(PeerCheck.Agent(certificate, Root, Noon));
    }

    [Fact]
    public void The_server_is_known_by_the_host_that_was_dialled()
    {
        using var server = Sample.IssueServer();
        Sample.Accepted(PeerCheck.Server(server, Root, "localhost", Noon));
        Sample.Accepted(PeerCheck.Server(server, Root, "127.0.0.1", Noon));
        Sample.Refused<X509Certificate2, CertificateRefusal.WrongHost>(
            PeerCheck.Server(server, Root, "127.0.0.2", Noon));
        Assert.Throws<ArgumentException>(() => Sample.Authority.IssueServer(["not a name"], Noon, Sample.Random));
        Assert.Throws<ArgumentException>(() => Sample.Authority.IssueServer([], Noon, Sample.Random));
    }

    [Fact]
    public void The_pin_takes_its_own_authority_and_no_other()
    {
        Assert.Equal(
            Root.RawData, Sample.Accepted(PeerCheck.Authority(Root.RawData, Sample.Authority.Fingerprint)).RawData);
        using var foreign = CertificateAuthority.Create(Noon, Sample.Random);
        var refusal = Sample.Refused<X509Certificate2, CertificateRefusal.WrongAuthority>(
            PeerCheck.Authority(foreign.Certificate.RawData, Sample.Authority.Fingerprint));
        Assert.Equal(foreign.Fingerprint, refusal.Found);
        byte[] junk = [1, 2, 3];
        Sample.Refused<X509Certificate2, CertificateRefusal.Unusable>(
            PeerCheck.Authority(junk, BlobHash.Of(SHA256.HashData(junk))));
    }

    private static X509Certificate2 SelfSigned(string subject, bool isAuthority)
    {
        using var key = Sample.NewKey();
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        return request.CreateSelfSigned(Noon.AddMinutes(-5), Noon.AddYears(1));
    }

    /// <summary>What a holder of the authority's key could sign.</summary>
    private static X509Certificate2 Signed(ECDsa key, string subject, string? uri)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: true));
        if (uri is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri(uri));
            request.CertificateExtensions.Add(names.Build());
        }

        using var signer = ECDsa.Create();
        signer.ImportFromPem(Sample.Authority.ExportKey());
        return request.Create(
            Root.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), Noon, Noon.AddHours(1), [7]);
    }

    private sealed class FixedBytes(byte[] bytes) : IRandomSource
    {
        public void Fill(Span<byte> buffer) => bytes.CopyTo(buffer);
    }
}
