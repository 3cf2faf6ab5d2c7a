using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Tests.Rig;

internal sealed class MemoryUsers(TimeProvider time) : IUserService
{
    private readonly Lock gate = new();
    private UsersState state = UsersState.Empty;

    public Task<SecretToken?> BootstrapAsync(CancellationToken cancellationToken = default)
    {
        var token = SecretToken.Create(new SystemBytes());
        var refusal = Apply(new UsersEvent.Bootstrapped(time.GetUtcNow(), token.Hash()));
        return Task.FromResult(refusal is null ? token : null);
    }

    public Task<Outcome<SignedInUser>> SignInAsync(SecretToken token, CancellationToken cancellationToken = default) =>
        Task.FromResult(UsersMachine.Authenticate(state, token.Hash(), time.GetUtcNow()));

    public Task<Outcome<SecretToken>> CreateAsync(
        UserName name, AdminRole role, TimeSpan lifetime, string by, CancellationToken cancellationToken = default)
    {
        var token = SecretToken.Create(new SystemBytes());
        var now = time.GetUtcNow();
        var refusal = Apply(new UsersEvent.Created(now, by, name, role, token.Hash(), now + lifetime));
        return Task.FromResult<Outcome<SecretToken>>(refusal is null ? token : refusal);
    }

    public Task<IdentityRefusal?> RevokeAsync(
        UserName name, string by, CancellationToken cancellationToken = default) =>
        Task.FromResult<IdentityRefusal?>(Apply(new UsersEvent.Revoked(time.GetUtcNow(), by, name)));

    public Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<UserToken>>([.. state.Tokens]);

    private UserRefusal? Apply(UsersEvent happened)
    {
        lock (gate)
        {
            var step = UsersMachine.Apply(state, happened);
            state = step.State;
            return (step.Answer as UsersAnswer.Refused)?.Refusal;
        }
    }
}
