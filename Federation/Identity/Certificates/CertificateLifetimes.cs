namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>How long certificates hold, from the moment of issue.</summary>
/// <remarks>
/// Every certificate also holds for <see cref="ClockSkew"/> before and after, so that a peer whose clock is off by no
/// more than that sees it as valid all its life; checks then go by the dates alone. None outlives the authority.
/// </remarks>
public static class CertificateLifetimes
{
    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The authority's own certificate.</summary>
    public static readonly TimeSpan Authority = TimeSpan.FromDays(3652);

    /// <summary>The server's, and those of a cluster's processes; each issues itself a new one at half of it.</summary>
    public static readonly TimeSpan Server = TimeSpan.FromDays(30);

    /// <summary>An agent's, where the operator sets no other.</summary>
    public static readonly TimeSpan Agent = TimeSpan.FromHours(24);

    /// <summary>The shortest that an operator may set for agents.</summary>
    public static readonly TimeSpan AgentMin = TimeSpan.FromHours(1);

    /// <summary>The longest that an operator may set for agents.</summary>
    public static readonly TimeSpan AgentMax = TimeSpan.FromDays(30);

    /// <summary>When to renew: halfway between the two dates, whoever issued the certificate.</summary>
    public static DateTimeOffset RenewAt(DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        notBefore + ((notAfter - notBefore) / 2);
}
