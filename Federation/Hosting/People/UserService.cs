using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>Makes the tokens that a book of users then keeps the hashes of.</summary>
internal sealed class UserService(IUserBook book, IRandomSource random) : IUserService
{
    /// <inheritdoc/>
    public async Task<SecretToken?> BootstrapAsync(CancellationToken cancellationToken = default)
    {
        var token = SecretToken.Create(random);
        return await book.BootstrapAsync(token.Hash(), cancellationToken) is null ? token : null;
    }

    /// <inheritdoc/>
    public Task<Outcome<SignedInUser>> SignInAsync(SecretToken token, CancellationToken cancellationToken = default) =>
        book.SignInAsync(token.Hash(), cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<SecretToken>> CreateAsync(
        UserName name, AdminRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default)
    {
        var token = SecretToken.Create(random);
        var refusal = await book.CreateAsync(name, role, token.Hash(), lifetime, by, cancellationToken);
        return refusal is null ? token : refusal;
    }

    /// <inheritdoc/>
    public Task<IdentityRefusal?> RevokeAsync(
        UserName name, string by, CancellationToken cancellationToken = default) =>
        book.RevokeAsync(name, by, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default) =>
        book.ListAsync(cancellationToken);
}
