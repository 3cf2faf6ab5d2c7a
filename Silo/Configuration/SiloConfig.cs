using System.Net;
using FedLowRank.Gateway;

namespace FedLowRank.Silo.Configuration;

/// <summary>What one process of a cluster is told; checked and complete.</summary>
internal sealed record SiloConfig
{
    /// <summary>Name of the cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>What it remembers, and where.</summary>
    public required StorageConfig Storage { get; init; }

    /// <summary>Of the shared keys; null in development only.</summary>
    public string? Passphrase { get; init; }

    /// <summary>Its place among the silos; null for a gateway alone.</summary>
    public SiloEndpoints? Silo { get; init; }

    /// <summary>What agents and people reach; null for a silo alone.</summary>
    public GatewayOptions? Gateway { get; init; }

    /// <summary>Where the first owner's profile is written; null for nowhere.</summary>
    public string? OwnerProfile { get; init; }

    /// <summary>Where the process says how it is, by plain HTTP; null for nowhere.</summary>
    public IPEndPoint? Health { get; init; }

    /// <summary>Where metrics and traces go, by OTLP over gRPC; null for nowhere.</summary>
    public Uri? Telemetry { get; init; }

    /// <summary>For requests in progress when the process stops.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>After about so long a silo that is gone is declared dead.</summary>
    public required TimeSpan Detection { get; init; }
}

/// <summary>Where a silo is reached.</summary>
/// <param name="Silo">By other silos.</param>
/// <param name="Gateway">By processes that are gateways only; on the same address.</param>
internal sealed record SiloEndpoints(IPEndPoint Silo, IPEndPoint Gateway);
