using System.Security.Claims;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>How a sign-in at an identity provider (OpenID Connect) becomes a role.</summary>
/// <param name="Issuer">The provider: the claim <c>iss</c>, compared ordinally.</param>
/// <param name="Audience">This server: one of the claims <c>aud</c>.</param>
/// <param name="GroupsClaim">Type of the claims that name groups, for example <c>groups</c>.</param>
/// <param name="Roles">Roles of groups. Somebody in several has the highest; somebody in none has no role.</param>
public sealed record OidcRules(string Issuer, string Audience, string GroupsClaim, ValueList<GroupRole> Roles)
{
    private const int SubjectMax = 128;

    /// <summary>
    /// Who the claims are of. Signature and dates must have been validated; issuer and audience are looked at again.
    /// Refused as <see cref="UserRefusal.BadClaims"/>.
    /// </summary>
    public Outcome<SignedInUser> Map(IReadOnlyCollection<Claim> claims)
    {
        if (Values(claims, "iss") is not [var issuer] || issuer != Issuer)
            return new UserRefusal.BadClaims($"iss must be {Issuer} and nothing else");
        if (!Values(claims, "aud").Contains(Audience, StringComparer.Ordinal))
            return new UserRefusal.BadClaims($"aud must name {Audience}");
        if (Values(claims, "sub") is not [{ Length: > 0 and <= SubjectMax } subject])
            return new UserRefusal.BadClaims($"sub must be one text of 1 to {SubjectMax} characters");
        var groups = Values(claims, GroupsClaim);
        var roles = Roles.Where(rule => groups.Contains(rule.Group, StringComparer.Ordinal)).Select(rule => rule.Role)
            .ToList();
        return roles.Count > 0
            ? new SignedInUser($"{subject} ({Issuer})", roles.Max())
            : new UserRefusal.BadClaims($"no group in {GroupsClaim} has a role");
    }

    private static List<string> Values(IEnumerable<Claim> claims, string type) =>
        [.. claims.Where(claim => claim.Type == type).Select(claim => claim.Value)];
}
