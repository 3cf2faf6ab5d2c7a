using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>The users on a journal: one stream, one change at a time.</summary>
internal sealed class UserBook : IUserBook, IAsyncDisposable
{
    private static readonly StreamName Name = new("users");

    private static readonly StateForm<UsersState, UsersEvent> Form = new(
        IdentityJson.Write, IdentityJson.ReadUsers, IdentityJson.ReadUsersEvent,
        (state, happened) => UsersMachine.Apply(state, happened).State);

    private readonly Changes<UsersState, UsersEvent> changes;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    private UserBook(Changes<UsersState, UsersEvent> changes, TimeProvider time, ILogger logger) =>
        (this.changes, this.time, this.logger) = (changes, time, logger);

    private UsersState State => changes.State ?? UsersState.Empty;

    /// <summary>Loads the users.</summary>
    /// <exception cref="InvalidDataException">The stored users cannot be used.</exception>
    public static async Task<UserBook> OpenAsync(
        IJournal journal, int snapshotEntries, IAuditSink audit, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
    {
        var stream = new StateStream<UsersState, UsersEvent>(journal, Name, Form, snapshotEntries, logger);
        await stream.LoadAsync(cancellationToken);
        return new(new(stream, audit, IdentityJson.Write), time, logger);
    }

    /// <inheritdoc/>
    public Task<IdentityRefusal?> BootstrapAsync(TokenHash token, CancellationToken cancellationToken = default) =>
        ApplyAsync(
            now => new UsersEvent.Bootstrapped(now, token),
            refusal => refusal is null
                ? Audits.Done(Audits.Server, "user-bootstrap", UsersMachine.BootstrapName.Value)
                : null,
            cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<SignedInUser>> SignInAsync(
        TokenHash token, CancellationToken cancellationToken = default)
    {
        var (state, now) = (State, time.GetUtcNow());
        var outcome = UsersMachine.Authenticate(state, token, now);
        if (outcome is not Outcome<SignedInUser>.Accepted { Value: var user }) return outcome;
        var used = new UsersEvent.Used(now, new(user.Name));
        if (ReferenceEquals(UsersMachine.Apply(state, used).State, state)) return outcome;
        try
        {
            await ApplyAsync(later => used with { Now = later }, _ => null, cancellationToken);
        }
        catch (JournalException error)
        {
            // When a token was last used is for display; with a full disk people must get in all the same.
            HostLog.LastUseNotStored(logger, user.Name, error);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public Task<IdentityRefusal?> CreateAsync(
        UserName name, AdminRole role, TokenHash token, TimeSpan lifetime, string by,
        CancellationToken cancellationToken = default) => changes.ApplyAsync(
        state =>
        {
            var now = time.GetUtcNow();
            var happened = new UsersEvent.Created(
                now, by, name, role, token, Lifetime.End(now, lifetime, UsersMachine.LifetimeMax));

            // No two tokens are alike, so this is the answer that was lost.
            return state is not null && state.Tokens.Any(user => user.Name == name && user.Token == token)
                ? new Change<UsersState, UsersEvent, IdentityRefusal?>(state, happened, Audit: null, Answer: null)
                : Apply(state, happened, refusal => Audits.Of(by, "user-create", name.Value, refusal));
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IdentityRefusal?> RevokeAsync(
        UserName name, string by, CancellationToken cancellationToken = default) => ApplyAsync(
        now => new UsersEvent.Revoked(now, by, name),
        refusal => Audits.Of(by, "user-revoke", name.Value, refusal),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<UserToken>> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<UserToken>>(State.Tokens);

    /// <summary>Looks whether nobody else has written the stream.</summary>
    /// <exception cref="StreamConflictException">Somebody has.</exception>
    public Task RequireNewestAsync() => changes.RequireNewestAsync();

    /// <summary>Waits for the change in progress and takes no more.</summary>
    public ValueTask DisposeAsync() => changes.DisposeAsync();

    private static Change<UsersState, UsersEvent, IdentityRefusal?> Apply(
        UsersState? state, UsersEvent happened, Func<IdentityRefusal?, AuditDraft?> audit)
    {
        var before = state ?? UsersState.Empty;
        var transition = UsersMachine.Apply(before, happened);
        var refusal = (transition.Answer as UsersAnswer.Refused)?.Refusal;
        var next = ReferenceEquals(transition.State, before) ? state : transition.State;
        return new(next, happened, audit(refusal), refusal);
    }

    private Task<IdentityRefusal?> ApplyAsync(
        Func<DateTimeOffset, UsersEvent> make, Func<IdentityRefusal?, AuditDraft?> audit,
        CancellationToken cancellationToken) =>
        changes.ApplyAsync(state => Apply(state, make(time.GetUtcNow()), audit), cancellationToken);
}
