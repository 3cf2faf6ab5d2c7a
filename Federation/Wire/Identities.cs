using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Wire;

/// <summary>An agent redeems its invite.</summary>
/// <param name="Invite">The invite as its one word; agent and token are read from it.</param>
/// <param name="Request">PKCS#10 in PEM.</param>
public sealed record EnrolRequest(string Invite, string Request);

/// <summary>An agent asks for its next certificate.</summary>
/// <param name="Request">PKCS#10 in PEM.</param>
public sealed record RenewRequest(string Request);

/// <summary>A certificate for an agent.</summary>
/// <param name="Certificate">In PEM.</param>
/// <param name="Server">Base address of the agent listener, https.</param>
public sealed record CertificateAnswer(string Certificate, Uri Server);

/// <summary>Who the agent is to the server.</summary>
/// <param name="Agent">Its name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Now">The server's clock.</param>
/// <param name="Version">Of the server's program.</param>
public sealed record AgentSelf(AgentId Agent, AgentRole Role, DateTimeOffset Now, string Version);

/// <summary>An operator invites an agent.</summary>
/// <param name="Agent">Its name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Hours">Until the invite expires, from 1 to 720.</param>
public sealed record InviteRequest(AgentId Agent, AgentRole Role, int Hours);

/// <summary>An invite, to be handed to whoever sets up the agent.</summary>
/// <param name="Invite">One word; see <see cref="Identity.Enrolment.InviteText"/>.</param>
/// <param name="Expires">Until when it can be redeemed.</param>
public sealed record InviteAnswer(string Invite, DateTimeOffset Expires);

/// <summary>Why an agent is taken off.</summary>
/// <param name="Reason">1 to 256 characters.</param>
public sealed record RevokeRequest(string Reason);

/// <summary>An agent as people see it.</summary>
/// <param name="Agent">Its name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Status">invited, enrolled, revoked or expired.</param>
/// <param name="IsConnected">Whether it listens for orders now.</param>
/// <param name="LastSeen">When it last did; null where it never has since the server started.</param>
/// <param name="CertificateExpires">Null where it has none.</param>
/// <param name="Facts">What it says of itself; null where it said nothing yet.</param>
public sealed record AgentSummary(
    AgentId Agent, AgentRole Role, string Status, bool IsConnected, DateTimeOffset? LastSeen,
    DateTimeOffset? CertificateExpires, AgentFacts? Facts);

/// <summary>What last went wrong at an agent.</summary>
/// <param name="Trouble">Null where it said nothing since the server started.</param>
public sealed record TroubleAnswer(AgentTrouble? Trouble);

/// <summary>An owner makes a token.</summary>
/// <param name="Name">For whom.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Days">Until it ends, from 1 to 366.</param>
public sealed record NewUserRequest(string Name, AdminRole Role, int Days);

/// <summary>A new token, shown once.</summary>
public sealed record TokenAnswer(string Token);

/// <summary>A user as owners see it.</summary>
public sealed record UserSummary(
    string Name, AdminRole Role, DateTimeOffset Created, string By, DateTimeOffset Expires, DateTimeOffset? LastUsed,
    DateTimeOffset? Revoked);
