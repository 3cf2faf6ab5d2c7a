using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace FedLowRank.Grains.People;

/// <summary>Holds the users in memory and writes them into the journal.</summary>
/// <remarks>
/// Reentrant: changes take their turn in the book itself, and people sign in while one is being written. There is one,
/// placed anywhere; it goes when nobody has signed in for as long as the silo's options say. Calls cannot be cancelled.
/// An activation that was overtaken by another finds it out as <see cref="EnrolmentGrain"/> does.
/// </remarks>
[Reentrant, RandomPlacement, GrainType("fedlowrank.users")]
internal sealed class UsersGrain(GrainParts parts, ILoggerFactory logging) : Grain, IUsersGrain
{
    private UserBook? opened;
    private NewestState newest = null!;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var logger = logging.CreateLogger<UsersGrain>();
        opened = await UserBook.OpenAsync(
            parts.Journal, parts.SnapshotEntries, new GrainAudit(GrainFactory, logger), parts.Time, logger,
            cancellationToken);
        newest = new(parts.Time, opened.RequireNewestAsync);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (opened is not null) await opened.DisposeAsync();
    }

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> BootstrapAsync(TokenHash token) =>
        await (await BookAsync()).BootstrapAsync(token);

    /// <inheritdoc/>
    public async Task<Outcome<SignedInUser>> SignInAsync(TokenHash token) =>
        await (await BookAsync()).SignInAsync(token);

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> CreateAsync(
        UserName name, AdminRole role, TokenHash token, TimeSpan lifetime, string by) =>
        await (await BookAsync()).CreateAsync(name, role, token, lifetime, by);

    /// <inheritdoc/>
    public async Task<IdentityRefusal?> RevokeAsync(UserName name, string by) =>
        await (await BookAsync()).RevokeAsync(name, by);

    /// <inheritdoc/>
    public async Task<UserToken[]> ListAsync() => [.. await (await BookAsync()).ListAsync()];

    private async Task<UserBook> BookAsync()
    {
        await newest.RequireAsync();
        return opened!;
    }
}
