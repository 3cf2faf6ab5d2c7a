using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Gateway.Agents;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Hosting;

/// <summary>The two listeners: TLS 1.2 or 1.3, HTTP/1.1 and HTTP/2, and an end to every wait.</summary>
internal sealed partial class Listeners(
    GatewayOptions options, GatewayParts parts, ServerCertificate own, LiveAgents live, BoundAddresses addresses,
    ILogger<Listeners> log)
{
    private readonly GatewayLimits limits = options.Limits;

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var kestrelLimits = kestrel.Limits;
        kestrelLimits.MaxRequestBodySize = limits.JsonBytesMax;
        kestrelLimits.MaxRequestHeadersTotalSize = limits.HeaderBytesMax;
        kestrelLimits.MaxRequestHeaderCount = limits.HeaderCountMax;
        kestrelLimits.MaxRequestLineSize = Math.Min(limits.HeaderBytesMax, 4 << 10);
        kestrelLimits.RequestHeadersTimeout = limits.HeadersTimeout;
        kestrelLimits.KeepAliveTimeout = limits.IdleTimeout;
        kestrelLimits.MinRequestBodyDataRate = new(limits.BytesPerSecondMin, limits.SlowGrace);
        kestrelLimits.MinResponseDataRate = new(limits.BytesPerSecondMin, limits.SlowGrace);
        kestrelLimits.Http2.MaxStreamsPerConnection = 32;
        kestrelLimits.Http2.MaxRequestHeaderFieldSize = Math.Min(limits.HeaderBytesMax, 8 << 10);
        kestrelLimits.Http2.KeepAlivePingDelay = limits.WriteTimeout;
        kestrelLimits.Http2.KeepAlivePingTimeout = limits.WriteTimeout;

        ListenOptions? agent = null;
        ListenOptions? admin = null;
        kestrel.Listen(options.AgentEndpoint, listen =>
        {
            agent = listen;
            Guard(
                listen, ListenerKind.Agent, limits.AgentConnectionsMax, new(limits.HandshakesPerAddressMax));
            listen.UseHttps(Tls(RequireAgent));
            listen.Use(next => connection =>
            {
                connection.Features.Get<Listener>()!.Share.Dispose();
                return next(connection);
            });
            listen.Use(live.Watch);
        });
        kestrel.Listen(options.AdminEndpoint, listen =>
        {
            admin = listen;
            Guard(
                listen, ListenerKind.Admin, limits.AdminConnectionsMax, new(limits.AdminConnectionsPerAddressMax));
            listen.UseHttps(Tls(static (_, _) => { }));
        });
        addresses.Watch(agent!, admin!);
    }

    /// <summary>
    /// A connection whose peer is gone without a word ends by the system, not after its many minutes.
    /// </summary>
    public Socket Listen(System.Net.EndPoint endpoint)
    {
        var socket = Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions
            .CreateDefaultBoundListenSocket(endpoint);
        var seconds = (int)Math.Ceiling(limits.WriteTimeout.TotalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, seconds / 3));
        if (OperatingSystem.IsLinux())
        {
            // TCP_USER_TIMEOUT (tcp(7)), in milliseconds: what was sent and is not acknowledged. Accepted sockets
            // inherit these options.
            const int Tcp = 6, UserTimeout = 18;
            socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes(seconds * 1000));
        }

        return socket;
    }

    private static void Guard(ListenOptions listen, ListenerKind kind, int connectionsMax, AddressShares shares)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        var count = 0;
        listen.Use(next => async connection =>
        {
            using var share = shares.TryTake(connection.RemoteEndPoint);
            if (share is null)
            {
                connection.Abort(new ConnectionAbortedException("too many connections of one address"));
                return;
            }

            connection.Features.Set(new Listener(kind, share));
            try
            {
                if (Interlocked.Increment(ref count) <= connectionsMax) await next(connection);
                else connection.Abort(new ConnectionAbortedException($"over {connectionsMax} connections"));
            }
            finally
            {
                Interlocked.Decrement(ref count);
            }
        });
    }

    private TlsHandshakeCallbackOptions Tls(Action<SslServerAuthenticationOptions, ConnectionContext> require) => new()
    {
        HandshakeTimeout = limits.HandshakeTimeout,
        OnConnection = handshake =>
        {
            var tls = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = own.Current,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            };
            require(tls, handshake.Connection);
            return ValueTask.FromResult(tls);
        },
    };

    private void RequireAgent(SslServerAuthenticationOptions tls, ConnectionContext connection)
    {
        tls.ClientCertificateRequired = true;

        // Each connection shows its certificate anew.
        tls.AllowTlsResume = false;

        // The system builds a chain before it asks us. It is not used; built of nothing, it asks no network.
        tls.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        tls.RemoteCertificateValidationCallback = (_, presented, _, _) =>
        {
            var now = parts.Time.GetUtcNow();
            switch (PeerCheck.Agent(presented as X509Certificate2, parts.Authority.Certificate, now))
            {
                case Outcome<AgentCertificate>.Accepted { Value: var certificate }:
                    connection.Features.Set(certificate);
                    return true;
                case Outcome<AgentCertificate>.Refused { Refusal: var refusal }:
                    TurnedAway(connection.RemoteEndPoint?.ToString() ?? "nowhere", refusal.Code);
                    return false;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        };
    }

    [LoggerMessage(5003, LogLevel.Information, "{Remote} was turned away at the agent listener: {Code}.")]
    private partial void TurnedAway(string remote, string code);
}
