using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Admin;

/// <summary>Connections to one server, each judged by <see cref="PeerCheck.Server"/> at the handshake.</summary>
internal sealed class ProvenConnection : IDisposable
{
    private const int AuthorityBytesMax = 64 << 10;

    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(15);

    private volatile IdentityRefusal? refusal;
    private volatile X509Certificate2? presented;

    public ProvenConnection(X509Certificate2 authority, string host, TimeProvider time)
    {
        Authority = authority;
        Http = Client((_, certificate, _, _) =>
        {
            var judged = PeerCheck.Server(certificate as X509Certificate2, authority, host, time.GetUtcNow());
            refusal = (judged as Outcome<X509Certificate2>.Refused)?.Refusal;
            presented = certificate is null ? null : new X509Certificate2(certificate);
            return refusal is null;
        });
    }

    public HttpClient Http { get; }

    public X509Certificate2 Authority { get; }

    /// <summary>Why the last handshake failed; null where it did not.</summary>
    public IdentityRefusal? Refusal => refusal;

    /// <summary>What the server showed at the last handshake.</summary>
    public X509Certificate2? Presented => presented;

    /// <summary>
    /// The certificate behind a profile's fingerprint, over a connection that proves nothing; no token is sent.
    /// </summary>
    /// <exception cref="AdminException">The server does not answer, or hands out another certificate.</exception>
    public static async Task<X509Certificate2> FetchAuthorityAsync(
        Profile profile, CancellationToken cancellationToken)
    {
#pragma warning disable CA5359 // What comes is judged by its hash, and nothing secret goes out.
        using var http = Client((_, _, _, _) => true);
#pragma warning restore CA5359
        http.Timeout = HandshakeMax;
        http.MaxResponseContentBufferSize = AuthorityBytesMax;
        try
        {
            var der = await http.GetByteArrayAsync(new Uri(profile.Server, Routes.Authority), cancellationToken);
            return PeerCheck.Authority(der, profile.Authority) switch
            {
                Outcome<X509Certificate2>.Accepted accepted => accepted.Value,
                Outcome<X509Certificate2>.Refused no => throw AdminException.Unreachable(
                    no.Refusal.Code,
                    $"{profile.Server} is not the server of {profile.Path}: its authority is another one"),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (Exception error) when (error is HttpRequestException ||
            (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw AdminException.Unreachable(
                "unreachable", $"{profile.Server} cannot be reached: {error.InnerException?.Message ?? error.Message}",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();

    private static HttpClient Client(RemoteCertificateValidationCallback judge) => new(new SocketsHttpHandler
    {
        ConnectTimeout = HandshakeMax,
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = judge },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
