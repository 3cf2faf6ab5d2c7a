using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Privacy;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Silo.Clustering;

/// <summary>
/// Mutual TLS between the processes of a cluster: each issues itself a certificate of the shared authority and takes
/// peers with one of this cluster, and nobody else, be it an agent of the same authority. Every new connection shows
/// the certificate of the day, so that none runs out.
/// </summary>
internal sealed partial class MemberTls
{
    private readonly CertificateAuthority authority;
    private readonly string cluster;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly OwnCertificate own;

    public MemberTls(
        CertificateAuthority authority, string cluster, IRandomSource random, TimeProvider time, ILogger<MemberTls> log)
    {
        (this.authority, this.cluster, this.time, this.log) = (authority, cluster, time, log);
        own = new(
            now => authority.IssueMember(cluster, now, random), time,
            certificate => Issued(certificate.SerialNumber, certificate.NotAfter.ToUniversalTime()), NotRenewed);
    }

    /// <summary>The certificate to show now.</summary>
    public X509Certificate2 Certificate => own.Current.TargetCertificate;

    /// <summary>For connections that a process is dialled by.</summary>
    public void Answer(IConnectionBuilder connections) => connections.Use(next => TlsTransport.On(
        next, (tls, token) => tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = own.Current,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, presented, _, _) => IsMember(presented),
                CertificateChainPolicy = NoChain(),
                AllowTlsResume = false,
            },
            token)));

    /// <summary>For connections that a process dials.</summary>
    public void Dial(IConnectionBuilder connections) => connections.Use(next => TlsTransport.On(
        next, (tls, token) => tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                // Peers are known by the cluster's name in their certificate, not by that of a machine.
                TargetHost = cluster,
                ClientCertificateContext = own.Current,
                RemoteCertificateValidationCallback = (_, presented, _, _) => IsMember(presented),
                CertificateChainPolicy = NoChain(),
                AllowTlsResume = false,
            },
            token)));

    private bool IsMember(X509Certificate? presented)
    {
        if (presented is not X509Certificate2 certificate) return false;
        if (PeerCheck.Member(certificate, authority.Certificate, cluster, time.GetUtcNow())
            is not Outcome<X509Certificate2>.Refused { Refusal: var refusal })
            return true;
        TurnedAway(refusal.Code, refusal.Message);
        return false;
    }

    // The system builds a chain before it asks us. It is not used; built of nothing, it asks no network.
    private static X509ChainPolicy NoChain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    [LoggerMessage(7001, LogLevel.Information, "This process has a new certificate, {Serial}, until {NotAfter:u}.")]
    private partial void Issued(string serial, DateTime notAfter);

    [LoggerMessage(7002, LogLevel.Error, "This process's certificate cannot be renewed: {Reason}")]
    private partial void NotRenewed(string reason);

    [LoggerMessage(7003, LogLevel.Warning, "A peer was turned away, {Code}: {Reason}")]
    private partial void TurnedAway(string code, string reason);
}
