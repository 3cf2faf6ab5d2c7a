using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>What the server stores of a token. Holds nothing secret.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Token">SHA-256 of the token.</param>
/// <param name="Created">When it was made.</param>
/// <param name="By">Who made it.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="LastUsed">
/// When it was last used, exact to <see cref="UsersMachine.LastUsedStep"/>; null where it never was.
/// </param>
/// <param name="Revoked">When it was taken off, or null.</param>
public sealed record UserToken(
    UserName Name, AdminRole Role, TokenHash Token, DateTimeOffset Created, string By, DateTimeOffset Expires,
    DateTimeOffset? LastUsed, DateTimeOffset? Revoked)
{
    /// <summary>Whether it opens anything now.</summary>
    public bool IsActive(DateTimeOffset now) => Revoked is null && now < Expires;
}
