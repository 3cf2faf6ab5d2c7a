using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>What the server remembers of an invite that is open. The token itself is not kept.</summary>
/// <param name="Token">SHA-256 of the token.</param>
/// <param name="Role">What the agent is for, from its redemption on.</param>
/// <param name="Expires">Until when it can be redeemed.</param>
/// <param name="By">Who invited.</param>
public sealed record InviteGrant(TokenHash Token, AgentRole Role, DateTimeOffset Expires, string By);
