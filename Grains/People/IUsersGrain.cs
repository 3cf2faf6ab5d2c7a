using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Grains.People;

/// <summary>The users; there is one, of key 0.</summary>
[Alias("fedlowrank.users")]
internal interface IUsersGrain : IGrainWithIntegerKey
{
    /// <summary>Makes the first owner; null where it is done.</summary>
    [Alias("bootstrap")]
    Task<IdentityRefusal?> BootstrapAsync(TokenHash token);

    /// <summary>Who holds a token.</summary>
    [Alias("sign-in")]
    Task<Outcome<SignedInUser>> SignInAsync(TokenHash token);

    /// <summary>Keeps a token; null where it is done, or was done already.</summary>
    [Alias("create")]
    Task<IdentityRefusal?> CreateAsync(UserName name, AdminRole role, TokenHash token, TimeSpan lifetime, string by);

    /// <summary>Takes a token off; null where it is done.</summary>
    [Alias("revoke")]
    Task<IdentityRefusal?> RevokeAsync(UserName name, string by);

    /// <summary>All users.</summary>
    [Alias("list")]
    Task<UserToken[]> ListAsync();
}
