using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Hosting;

/// <summary>
/// The server's own certificate. Whichever handshake first finds it past half its life has it replaced, so that it
/// needs
/// neither a timer nor a restart.
/// </summary>
internal sealed partial class ServerCertificate(
    GatewayOptions options, GatewayParts parts, ILogger<ServerCertificate> log)
{
    private readonly Lock renewing = new();
    private volatile Held? held;

    /// <summary>The certificate to show now.</summary>
    /// <exception cref="InvalidOperationException">There is none, and the authority can issue none.</exception>
    public SslStreamCertificateContext Current
    {
        get
        {
            var now = parts.Time.GetUtcNow();
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
        switch (parts.Authority.IssueServer([.. options.Names], now, parts.Random))
        {
            case Outcome<X509Certificate2>.Accepted { Value: var certificate }:
                var (start, end) = (Utc(certificate.NotBefore), Utc(certificate.NotAfter));
                Issued(certificate.SerialNumber, end);
                return new(
                    SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                    CertificateLifetimes.RenewAt(start, end));
            case Outcome<X509Certificate2>.Refused { Refusal: var refusal } when held is { } before:
                NotRenewed(refusal.Message);
                return before;
            case Outcome<X509Certificate2>.Refused { Refusal: var refusal }:
                throw new InvalidOperationException($"the server gets no certificate: {refusal.Message}");
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static DateTimeOffset Utc(DateTime local) => new DateTimeOffset(local).ToUniversalTime();

    [LoggerMessage(5001, LogLevel.Information, "The server has a new certificate, {Serial}, until {NotAfter:u}.")]
    private partial void Issued(string serial, DateTimeOffset notAfter);

    [LoggerMessage(5002, LogLevel.Error, "The server's certificate cannot be renewed: {Reason}")]
    private partial void NotRenewed(string reason);

    private sealed record Held(SslStreamCertificateContext Context, DateTimeOffset RenewAt);
}
