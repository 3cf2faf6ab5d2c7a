using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Privacy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedLowRank.Grains.Front;

/// <summary>What a front needs beside the cluster. It disposes of none of it.</summary>
public sealed record ClusterFederationOptions
{
    /// <summary>Signs agents' certificates; the same on every front and silo.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>For tokens, serial numbers and the seeds of runs; used from many threads.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>The clock of the rules.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where it tells its operator what goes on.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>How long agents' certificates hold.</summary>
    public TimeSpan AgentCertificateLifetime { get; init; } = CertificateLifetimes.Agent;
}
