using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// A certificate that its holder issues itself. Whichever handshake first finds it past half its life has it replaced,
/// so that it needs neither a timer nor a restart. Safe to share between threads.
/// </summary>
/// <param name="issue">A new one as of a moment.</param>
/// <param name="time">Tells when it is due.</param>
/// <param name="issued">Hears of each new one.</param>
/// <param name="notRenewed">Hears why there is no new one, while the one before still serves.</param>
public sealed class OwnCertificate(
    Func<DateTimeOffset, Outcome<X509Certificate2>> issue, TimeProvider time, Action<X509Certificate2> issued,
    Action<string> notRenewed)
{
    private readonly Lock renewing = new();
    private volatile Held? held;

    /// <summary>The certificate to show now.</summary>
    /// <exception cref="InvalidOperationException">There is none, and the authority can issue none.</exception>
    public SslStreamCertificateContext Current
    {
        get
        {
            var now = time.GetUtcNow();
            if (held is { } fresh && now < fresh.RenewAt) return fresh.Context;
            lock (renewing)
            {
                if (held is { } other && now < other.RenewAt) return other.Context;
                held = Renewed(now);
                return held.Context;
            }
        }
    }

    // The one before stays in the hands of handshakes that are on their way, so it is left to the collector.
    private Held Renewed(DateTimeOffset now)
    {
        switch (issue(now))
        {
            case Outcome<X509Certificate2>.Accepted { Value: var certificate }:
                var dates = Validity.Of(certificate);
                issued(certificate);
                return new(
                    SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                    CertificateLifetimes.RenewAt(dates.Start, dates.End));
            case Outcome<X509Certificate2>.Refused { Refusal: var refusal } when held is { } before:
                notRenewed(refusal.Message);
                return before;
            case Outcome<X509Certificate2>.Refused { Refusal: var refusal }:
                throw new InvalidOperationException($"no certificate can be issued: {refusal.Message}");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private sealed record Held(SslStreamCertificateContext Context, DateTimeOffset RenewAt);
}
