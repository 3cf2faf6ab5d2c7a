using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.AgentKeys;

/// <summary>Who an agent is, on its own machine.</summary>
public sealed class AgentIdentity : IDisposable
{
    internal AgentIdentity(AgentId agent, X509Certificate2 certificate, X509Certificate2 authority) =>
        (Agent, Certificate, Authority) = (agent, certificate, authority);

    /// <summary>The agent.</summary>
    public AgentId Agent { get; }

    /// <summary>Its certificate with its key, for TLS.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The one authority that it takes servers of.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>When to ask for the next certificate.</summary>
    public DateTimeOffset RenewAt
    {
        get
        {
            var dates = Validity.Of(Certificate);
            return CertificateLifetimes.RenewAt(dates.Start, dates.End);
        }
    }

    /// <summary>
    /// Null where the agent may use its certificate, else why not; after <see cref="CertificateRefusal.Expired"/> only
    /// a new invite helps.
    /// </summary>
    /// <param name="now">The agent's clock.</param>
    public IdentityRefusal? RefusalAt(DateTimeOffset now) =>
        PeerCheck.Agent(Certificate, Authority, now) is Outcome<AgentCertificate>.Refused refused
            ? refused.Refusal
            : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        Authority.Dispose();
    }
}
