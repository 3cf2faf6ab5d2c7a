using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// Whether a peer's certificate is good, for both directions. Trusts one authority and nothing else: not the machine's
/// store, no network, no revocation list but the enrolments. All times are those handed in.
/// </summary>
/// <remarks>
/// The issuer is judged first, so that no other reason is ever given for a certificate that anyone could have written.
/// </remarks>
public static class PeerCheck
{
    /// <summary>Judges an agent's certificate, on the server.</summary>
    public static Outcome<AgentCertificate> Agent(
        X509Certificate2? presented, X509Certificate2 authority, DateTimeOffset now)
    {
        if (presented is null) return new CertificateRefusal.Missing();
        if (Problem(presented, authority, now, "an agent", CertificateForms.ClientUse) is { } problem) return problem;
        if (SerialNumber.Of(presented) is not { } serial || CertificateForms.AgentOf(presented) is not { } agent)
            return new CertificateRefusal.WrongAgent(presented.Subject);
        return new AgentCertificate(agent, serial, Validity.Of(presented).End);
    }

    /// <summary>Judges the server's certificate, on an agent.</summary>
    /// <param name="presented">What the server sent.</param>
    /// <param name="authority">The authority that the agent pinned at enrolment.</param>
    /// <param name="host">Host name or IP address that the agent dialled.</param>
    /// <param name="now">The agent's clock.</param>
    public static Outcome<X509Certificate2> Server(
        X509Certificate2? presented, X509Certificate2 authority, string host, DateTimeOffset now)
    {
        if (presented is null) return new CertificateRefusal.Missing();
        if (Problem(presented, authority, now, "a server", CertificateForms.ServerUse) is { } problem) return problem;
        return presented.MatchesHostname(host, allowWildcards: false, allowCommonName: false)
            ? presented
            : new CertificateRefusal.WrongHost(host);
    }

    /// <summary>
    /// Judges the certificate of a process of the cluster, on another, whichever of the two has dialled.
    /// </summary>
    /// <param name="presented">What the peer sent.</param>
    /// <param name="authority">The cluster's own authority.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="now">The clock here.</param>
    public static Outcome<X509Certificate2> Member(
        X509Certificate2? presented, X509Certificate2 authority, string cluster, DateTimeOffset now)
    {
        if (presented is null) return new CertificateRefusal.Missing();
        if (Problem(presented, authority, now, "a cluster", CertificateForms.ServerUse, CertificateForms.ClientUse)
            is { } problem)
            return problem;
        return CertificateForms.IsMemberOf(presented, cluster)
            ? presented
            : new CertificateRefusal.WrongCluster(cluster);
    }

    /// <summary>Judges what a server hands out as its authority, before anything secret is sent to it.</summary>
    /// <remarks>
    /// TLS does not carry an authority's own certificate along. First contact is therefore two connections: the first
    /// proves nothing and only fetches this certificate; the second is judged by <see cref="Server"/> with it.
    /// </remarks>
    /// <param name="der">The authority's certificate, from an unproven server.</param>
    /// <param name="pinned">SHA-256 of the certificate that the invite names.</param>
    public static Outcome<X509Certificate2> Authority(ReadOnlySpan<byte> der, BlobHash pinned)
    {
        var found = BlobHash.Of(SHA256.HashData(der));
        if (found != pinned) return new CertificateRefusal.WrongAuthority(pinned, found);
        try
        {
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            return new CertificateRefusal.Unusable("what the invite pins is no certificate");
        }
    }

    private static CertificateRefusal? Problem(
        X509Certificate2 presented, X509Certificate2 authority, DateTimeOffset now, string needed,
        params string[] uses)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authority, uses, now) };
        var isValid = chain.Build(presented);
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        var path = chain.ChainElements.Select(element => element.Certificate).ToList();
        var isDirect = path.Count == 2 && path[1].RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span);
        foreach (var certificate in path) certificate.Dispose();

        const X509ChainStatusFlags Unproven = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot |
            X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.Cyclic;
        if (!isDirect || (flags & Unproven) != X509ChainStatusFlags.NoError)
            return new CertificateRefusal.UnknownIssuer(presented.Issuer);
        if (DateProblem(presented, authority, now) is { } problem) return problem;
        if (!CertificateForms.IsOnlyFor(presented, uses)) return new CertificateRefusal.WrongUse(needed);
        return isValid ? null : new CertificateRefusal.Unusable(flags.ToString());
    }

    private static X509ChainPolicy Policy(X509Certificate2 authority, string[] uses, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
        };
        policy.CustomTrustStore.Add(authority);
        foreach (var use in uses) policy.ApplicationPolicy.Add(new Oid(use));
        return policy;
    }

    private static CertificateRefusal? DateProblem(
        X509Certificate2 presented, X509Certificate2 authority, DateTimeOffset now)
    {
        var (own, its) = (Validity.Of(authority), Validity.Of(presented));
        if (!own.Includes(now)) return new CertificateRefusal.AuthorityOutOfDate(own.Start, own.End, now);
        if (now < its.Start) return new CertificateRefusal.NotYetValid(its.Start, now);
        return now >= its.End ? new CertificateRefusal.Expired(its.End, now) : null;
    }
}
