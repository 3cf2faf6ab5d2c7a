using System.Net.Security;
using FedLowRank.Federation.Identity.Certificates;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Hosting;

/// <summary>The server's own certificate.</summary>
internal sealed partial class ServerCertificate
{
    private readonly OwnCertificate own;
    private readonly ILogger<ServerCertificate> log;

    public ServerCertificate(GatewayOptions options, GatewayParts parts, ILogger<ServerCertificate> log)
    {
        this.log = log;
        own = new(
            now => parts.Authority.IssueServer([.. options.Names], now, parts.Random), parts.Time,
            certificate => Issued(certificate.SerialNumber, certificate.NotAfter.ToUniversalTime()), NotRenewed);
    }

    /// <inheritdoc cref="OwnCertificate.Current"/>
    public SslStreamCertificateContext Current => own.Current;

    [LoggerMessage(5001, LogLevel.Information, "The server has a new certificate, {Serial}, until {NotAfter:u}.")]
    private partial void Issued(string serial, DateTime notAfter);

    [LoggerMessage(5002, LogLevel.Error, "The server's certificate cannot be renewed: {Reason}")]
    private partial void NotRenewed(string reason);
}
