using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>An authority and what it issues, on a fixed day.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly IRandomSource Random = new SystemBytes();
    public static readonly AgentId Berlin = new("Berlin.01");
    public static readonly CertificateAuthority Authority = CertificateAuthority.Create(Noon, Random);

    public static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static T Accepted<T>(Outcome<T> outcome)
        where T : notnull => Assert.IsType<Outcome<T>.Accepted>(outcome).Value;

    public static TRefusal Refused<T, TRefusal>(Outcome<T> outcome)
        where T : notnull
        where TRefusal : IdentityRefusal =>
        Assert.IsType<TRefusal>(Assert.IsType<Outcome<T>.Refused>(outcome).Refusal);

    public static IssuedCertificate Issue(
        ECDsa key, AgentId? agent = null, CertificateAuthority? authority = null, DateTimeOffset? now = null) =>
        Accepted((authority ?? Authority).IssueAgent(
            agent ?? Berlin, Accepted(AgentRequest.Read(AgentRequest.Create(key))), CertificateLifetimes.Agent,
            now ?? Noon, Random));

    public static X509Certificate2 IssueWithKey(CertificateAuthority? authority = null, DateTimeOffset? now = null)
    {
        using var key = NewKey();
        using var certificate = X509Certificate2.CreateFromPem(Issue(key, Berlin, authority, now).Pem);
        return certificate.CopyWithPrivateKey(key);
    }

    public static X509Certificate2 IssueServer(CertificateAuthority? authority = null, DateTimeOffset? now = null) =>
        Accepted((authority ?? Authority).IssueServer(["localhost", "127.0.0.1"], now ?? Noon, Random));

    private sealed class SystemBytes : IRandomSource
    {
        public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
    }
}
