using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Service;

/// <summary>A new invite's token, to be shown once.</summary>
public sealed record IssuedInvite(SecretToken Token, DateTimeOffset Expires);

/// <summary>
/// What an agent says of itself: public facts only, nothing that derives from data. Its owner's ledger counts; the
/// server's copy is for display.
/// </summary>
/// <param name="Version">Of the agent's program, 1 to 64 characters.</param>
/// <param name="Device">For example <c>cpu (8 cores)</c>, 1 to 128 characters.</param>
/// <param name="EpsilonSpent">Over all runs; null where nothing private was done.</param>
/// <param name="EpsilonMax">The owner's budget; null where none is set.</param>
/// <param name="Delta">At which both are stated; null with them.</param>
public sealed record AgentFacts(
    string Version, string Device, double? EpsilonSpent, double? EpsilonMax, double? Delta);

/// <summary>What the server knows of an agent.</summary>
/// <param name="State">How it stands.</param>
/// <param name="IsConnected">Whether it listens for orders now.</param>
/// <param name="LastSeen">When it last did; null where it never has since the server started.</param>
/// <param name="Facts">What it says of itself; null where it said nothing yet.</param>
/// <param name="LastError">
/// What it said went wrong last; null where it said nothing since the server started.
/// </param>
public sealed record AgentRecord(
    EnrolmentState State, bool IsConnected, DateTimeOffset? LastSeen, AgentFacts? Facts,
    AgentError? LastError = null);
