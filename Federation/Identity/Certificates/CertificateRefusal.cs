using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>Why a certificate, or a request for one, was refused.</summary>
public abstract record CertificateRefusal : IdentityRefusal
{
    private CertificateRefusal(string code, string message)
        : base(code, message)
    {
    }

    /// <summary>None was presented.</summary>
    public sealed record Missing() : CertificateRefusal("certificate-missing", "no certificate was presented");

    /// <summary>Not issued by our authority, or altered.</summary>
    public sealed record UnknownIssuer(string Issuer) : CertificateRefusal(
        "unknown-issuer",
        $"the certificate, by its own word from '{Issuer}', was not issued by the expected authority");

    /// <summary>Its time is over, by the clock of whoever checks.</summary>
    public sealed record Expired(DateTimeOffset NotAfter, DateTimeOffset Now) : CertificateRefusal(
        "certificate-expired",
        $"the certificate expired at {Moments.Text(NotAfter)} and the clock here says {Moments.Text(Now)}: " +
        "check both clocks, then enrol anew");

    /// <summary>Its time has not come, by the clock of whoever checks.</summary>
    public sealed record NotYetValid(DateTimeOffset NotBefore, DateTimeOffset Now) : CertificateRefusal(
        "certificate-not-yet-valid",
        $"the certificate holds from {Moments.Text(NotBefore)} and the clock here says {Moments.Text(Now)}: " +
        "check both clocks");

    /// <summary>The authority itself is out of its dates, or the clock is.</summary>
    public sealed record AuthorityOutOfDate(DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset Now)
        : CertificateRefusal(
            "authority-out-of-date",
            $"the authority holds from {Moments.Text(NotBefore)} to {Moments.Text(NotAfter)} and the clock here says " +
            $"{Moments.Text(Now)}: check the clock");

    /// <summary>It was not made for this purpose.</summary>
    public sealed record WrongUse(string Needed) : CertificateRefusal(
        "wrong-use", $"the certificate is not one of {Needed}");

    /// <summary>It names no agent in our form.</summary>
    public sealed record WrongAgent(string Subject) : CertificateRefusal(
        "wrong-agent", $"the certificate's names are not those of one agent: '{Subject}'");

    /// <summary>It is for another host.</summary>
    public sealed record WrongHost(string Host) : CertificateRefusal(
        "wrong-host", $"the server's certificate does not name '{Host}'");

    /// <summary>It is for another cluster.</summary>
    public sealed record WrongCluster(string Cluster) : CertificateRefusal(
        "wrong-cluster", $"the certificate is not one of the cluster '{Cluster}'");

    /// <summary>Its authority is not the one that the invite names.</summary>
    public sealed record WrongAuthority(BlobHash Pinned, BlobHash Found) : CertificateRefusal(
        "wrong-authority",
        $"the server's authority has fingerprint {Found}; the invite names {Pinned}");

    /// <summary>The chain is bad in some other way.</summary>
    public sealed record Unusable(string Status) : CertificateRefusal(
        "certificate-unusable", $"the certificate cannot be used: {Status}");

    /// <summary>An operator took it back.</summary>
    public sealed record Revoked(SerialNumber Serial) : CertificateRefusal(
        "certificate-revoked", $"certificate {Serial} was revoked");

    /// <summary>A newer one took its place and was used.</summary>
    public sealed record Superseded(SerialNumber Serial) : CertificateRefusal(
        "certificate-superseded",
        $"certificate {Serial} was replaced; if this agent did not replace it, its key is in other hands: revoke it");

    /// <summary>The server does not remember issuing it to this agent.</summary>
    public sealed record NotIssued(SerialNumber Serial) : CertificateRefusal(
        "certificate-not-issued", $"certificate {Serial} is none of those that this agent holds");

    /// <summary>A request for a certificate is not in order.</summary>
    public sealed record BadRequest(string Problem) : CertificateRefusal(
        "bad-request", $"the request for a certificate was refused: {Problem}");
}
