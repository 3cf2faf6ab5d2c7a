using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Service;

/// <summary>Who may use the admin listener. Every change is in the audit log before it is answered.</summary>
public interface IUserService
{
    /// <summary>
    /// Makes the first owner where nobody could make tokens, or only a first owner whose token was never used; null
    /// where somebody can.
    /// </summary>
    Task<SecretToken?> BootstrapAsync(CancellationToken cancellationToken = default);

    /// <summary>Who holds a token.</summary>
    Task<Outcome<SignedInUser>> SignInAsync(SecretToken token, CancellationToken cancellationToken = default);

    /// <summary>Makes a token, to be shown once.</summary>
    Task<Outcome<SecretToken>> CreateAsync(
        UserName name, AdminRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default);

    /// <summary>Takes a token off.</summary>
    /// <returns>Null where it is done.</returns>
    Task<IdentityRefusal?> RevokeAsync(UserName name, string by, CancellationToken cancellationToken = default);

    /// <summary>All users.</summary>
    Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default);
}
