using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;
using FedLowRank.Privacy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedLowRank.Federation.Hosting;

/// <summary>What a federation in one process is made of. It disposes of none of it.</summary>
public sealed record SingleFederationOptions
{
    /// <summary>Holds all that is to be remembered; nobody else may write it.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>Holds adapters, updates and checkpoints.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>Does the server's part of a round.</summary>
    public required IRoundWork Work { get; init; }

    /// <summary>Signs certificates, checkpoints and the audit log.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>For tokens, serial numbers and the seeds of runs; used from many threads.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>The server's clock and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where it tells its operator what goes on.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// How long agents' certificates hold, from <see cref="CertificateLifetimes.AgentMin"/> to
    /// <see cref="CertificateLifetimes.AgentMax"/>.
    /// </summary>
    public TimeSpan AgentCertificateLifetime
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, CertificateLifetimes.AgentMin);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, CertificateLifetimes.AgentMax);
            field = value;
        }
    } = CertificateLifetimes.Agent;

    /// <summary>What is kept of past rounds.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>How many pieces of the server's work are done at once, over all runs.</summary>
    public int WorkersMax { get; init => field = Positive(value); } = Environment.ProcessorCount;

    /// <summary>
    /// After so many entries of a stream its state is saved, so that the next start need not read them.
    /// </summary>
    public int SnapshotEntries { get; init => field = Positive(value); } = 1000;

    private static int Positive(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        return value;
    }
}
