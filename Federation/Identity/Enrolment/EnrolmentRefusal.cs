using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>Why an enrolment does not change as asked.</summary>
public abstract record EnrolmentRefusal : IdentityRefusal
{
    private EnrolmentRefusal(string code, string message)
        : base(code, message)
    {
    }

    /// <summary>A field is out of its limits.</summary>
    public sealed record Malformed(string Field, string Value, string Limit) : EnrolmentRefusal(
        "malformed", $"{Field} is {Value}; it must be {Limit}");

    /// <summary>No open invite has this token. Says the same where there is no such agent.</summary>
    public sealed record UnknownToken(AgentId Agent) : EnrolmentRefusal(
        "unknown-token", $"no invite for {Agent} has this token; ask for a new one");

    /// <summary>The invite was redeemed before, with another key.</summary>
    public sealed record AlreadyRedeemed(AgentId Agent) : EnrolmentRefusal(
        "already-redeemed",
        $"this invite for {Agent} was used before with another key; if that was not you, have {Agent} revoked");

    /// <summary>The invite was not redeemed in time.</summary>
    public sealed record InviteExpired(AgentId Agent, DateTimeOffset Expires) : EnrolmentRefusal(
        "invite-expired", $"the invite for {Agent} expired at {Moments.Text(Expires)}; ask for a new one");

    /// <summary>The agent holds no certificate.</summary>
    public sealed record NotEnrolled(AgentId Agent, string Status) : EnrolmentRefusal(
        "not-enrolled", $"{Agent} holds no certificate: it is {Status}");

    /// <summary>The agent was revoked before.</summary>
    public sealed record AlreadyRevoked(AgentId Agent) : EnrolmentRefusal(
        "already-revoked", $"{Agent} was revoked before");
}
