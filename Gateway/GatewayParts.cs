using FedLowRank.Aggregation.Adapters;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Privacy;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway;

/// <summary>What the gateway serves. It disposes of none of it.</summary>
public sealed record GatewayParts
{
    /// <summary>The application service, open.</summary>
    public required IFederation Federation { get; init; }

    /// <summary>Where the federation's blobs are.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>The server's own authority.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>Judges certificates, tokens and heart-beats.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>For the serial numbers of the server's own certificates.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Where the log goes.</summary>
    public required ILoggerFactory Logging { get; init; }

    /// <summary>
    /// Reads the sizes of a base model from its <c>config.json</c>; a <see cref="FormatException"/> says what is wrong
    /// with it.
    /// </summary>
    public required Func<ReadOnlyMemory<byte>, IBaseModelShape> ReadModel { get; init; }

    /// <summary>What goes of past rounds, to be shown; null where nothing ever does.</summary>
    public RetentionOptions? Retention { get; init; }

    /// <summary>How long agents' certificates hold, to be shown.</summary>
    public TimeSpan AgentCertificateLifetime { get; init; } = CertificateLifetimes.Agent;

    /// <summary>Whether the federation is open; asked by whoever asks for the server's health.</summary>
    public Func<bool> IsReady { get; init; } = static () => true;
}
