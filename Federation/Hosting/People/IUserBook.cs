using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>
/// The users, wherever they are kept. Tokens come as hashes, so that whoever keeps them holds no secret.
/// </summary>
internal interface IUserBook
{
    /// <summary>Makes the first owner, with this token, where nobody could make tokens.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> BootstrapAsync(TokenHash token, CancellationToken cancellationToken = default);

    /// <summary>Who holds a token.</summary>
    Task<Outcome<SignedInUser>> SignInAsync(TokenHash token, CancellationToken cancellationToken = default);

    /// <summary>Keeps a token. The same again is done already.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> CreateAsync(
        UserName name, AdminRole role, TokenHash token, TimeSpan lifetime, string by,
        CancellationToken cancellationToken = default);

    /// <summary>Takes a token off.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> RevokeAsync(UserName name, string by, CancellationToken cancellationToken = default);

    /// <summary>All users.</summary>
    Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default);
}
