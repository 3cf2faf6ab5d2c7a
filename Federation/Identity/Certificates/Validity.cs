using System.Security.Cryptography.X509Certificates;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>From when a certificate holds until it no longer does, in whole seconds.</summary>
internal readonly record struct Validity(DateTimeOffset Start, DateTimeOffset End)
{
    public static Validity Of(X509Certificate2 certificate) => new(
        new DateTimeOffset(certificate.NotBefore).ToUniversalTime(),
        new DateTimeOffset(certificate.NotAfter).ToUniversalTime());

    /// <summary>A lifetime from now on, with the allowance for clocks on both sides.</summary>
    public static Validity Around(DateTimeOffset now, TimeSpan lifetime) => new(
        Moments.WholeSecond(now - CertificateLifetimes.ClockSkew),
        Moments.WholeSecond(now + lifetime + CertificateLifetimes.ClockSkew));

    public Validity Within(Validity outer) =>
        new(Start < outer.Start ? outer.Start : Start, End > outer.End ? outer.End : End);

    public bool Includes(DateTimeOffset now) => Start <= now && now < End;
}
