using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Grains.Front;

namespace FedLowRank.Grains.People;

/// <summary>
/// The users of a cluster. All calls are asked again where a silo died: the same token makes the same owner or user,
/// signing in twice is signing in, and who is found to be revoked by the second attempt was revoked by the first.
/// </summary>
internal sealed class ClusterUserBook(IGrainFactory grains) : IUserBook
{
    private IUsersGrain Grain => grains.GetGrain<IUsersGrain>(0);

    /// <inheritdoc/>
    public Task<IdentityRefusal?> BootstrapAsync(TokenHash token, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => Grain.BootstrapAsync(token), cancellationToken);

    /// <inheritdoc/>
    public Task<Outcome<SignedInUser>> SignInAsync(TokenHash token, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => Grain.SignInAsync(token), cancellationToken);

    /// <inheritdoc/>
    public Task<IdentityRefusal?> CreateAsync(
        UserName name, AdminRole role, TokenHash token, TimeSpan lifetime, string by,
        CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => Grain.CreateAsync(name, role, token, lifetime, by), cancellationToken);

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> RevokeAsync(
        UserName name, string by, CancellationToken cancellationToken = default)
    {
        var attempts = 0;
        var refusal = await Retry.BrieflyAsync(
            () =>
            {
                attempts++;
                return Grain.RevokeAsync(name, by);
            },
            cancellationToken);
        return attempts > 1 && refusal is UserRefusal.NoSuchUser && await IsRevokedAsync(name, cancellationToken)
            ? null
            : refusal;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default) =>
        await Retry.BrieflyAsync(Grain.ListAsync, cancellationToken);

    private async Task<bool> IsRevokedAsync(UserName name, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).Any(user => user.Name == name && user.Revoked is not null);
}
