using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>Who may use the admin listener, as a pure function of the tokens and what happens.</summary>
public static class UsersMachine
{
    /// <summary>The longest life of a token.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(366);

    /// <summary>The life of the token that a server makes for its first owner.</summary>
    public static readonly TimeSpan BootstrapLifetime = TimeSpan.FromDays(90);

    /// <summary>How often the use of a token is worth a write.</summary>
    public static readonly TimeSpan LastUsedStep = TimeSpan.FromHours(1);

    /// <summary>The first owner's name.</summary>
    public static readonly UserName BootstrapName = new("owner");

    private const int ByMax = 256;

    /// <summary>What an event leads to. Defined for every state and event.</summary>
    public static UsersTransition Apply(UsersState state, UsersEvent happened) => happened switch
    {
        UsersEvent.Bootstrapped bootstrapped => Bootstrap(state, bootstrapped),
        UsersEvent.Created created => Create(state, created),
        UsersEvent.Revoked revoked => Revoke(state, revoked),
        UsersEvent.Used used => Use(state, used),
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>
    /// Who holds this token. Changes nothing. Compares with every token, in constant time for each, whichever it is.
    /// </summary>
    public static Outcome<SignedInUser> Authenticate(UsersState state, TokenHash token, DateTimeOffset now)
    {
        UserToken? found = null;
        foreach (var each in state.Tokens)
            if (each.Token == token) found = each;
        if (found is null) return new UserRefusal.UnknownToken();
        if (found.Revoked is { } at) return new UserRefusal.Revoked(found.Name, at);
        if (now >= found.Expires) return new UserRefusal.Expired(found.Name, found.Expires);
        return new SignedInUser(found.Name.Value, found.Role);
    }

    /// <summary>Whether a server that starts now has to make an owner.</summary>
    /// <remarks>
    /// The first owner's token is made before it can be handed over, and a server that dies in between leaves one that
    /// nobody has: until it is used for the first time, another can take its place.
    /// </remarks>
    public static bool NeedsOwner(UsersState state, DateTimeOffset now) => !state.Tokens.Any(token =>
        IsOwner(now)(token) && (token.Name != BootstrapName || token.LastUsed is not null));

    private static UsersTransition Bootstrap(UsersState state, UsersEvent.Bootstrapped happened)
    {
        if (!NeedsOwner(state, happened.Now)) return Refuse(state, new UserRefusal.HasOwner());
        return Put(state, new(
            BootstrapName, AdminRole.Owner, happened.Token, happened.Now, "the server",
            happened.Now + BootstrapLifetime, LastUsed: null, Revoked: null));
    }

    private static UsersTransition Create(UsersState state, UsersEvent.Created created)
    {
        if (Problem(created) is { } problem) return Refuse(state, problem);
        if (Find(state, created.Name) is { } before && before.IsActive(created.Now))
            return Refuse(state, new UserRefusal.NameTaken(created.Name));
        if (state.Tokens.Count >= UsersState.TokensMax && Find(state, created.Name) is null)
        {
            return Refuse(state, new UserRefusal.Malformed(
                "number of users", Number(state.Tokens.Count + 1), $"at most {Number(UsersState.TokensMax)}"));
        }

        return Put(state, new(
            created.Name, created.Role, created.Token, created.Now, created.By, created.Expires, LastUsed: null,
            Revoked: null));
    }

    private static UsersTransition Revoke(UsersState state, UsersEvent.Revoked revoked)
    {
        if (Find(state, revoked.Name) is not { } token || !token.IsActive(revoked.Now))
            return Refuse(state, new UserRefusal.NoSuchUser(revoked.Name));
        if (token.Role == AdminRole.Owner && state.Tokens.Count(IsOwner(revoked.Now)) == 1)
            return Refuse(state, new UserRefusal.LastOwner(revoked.Name));
        return Replace(state, token with { Revoked = revoked.Now });
    }

    private static UsersTransition Use(UsersState state, UsersEvent.Used used)
    {
        if (Find(state, used.Name) is not { } token || !token.IsActive(used.Now))
            return Refuse(state, new UserRefusal.NoSuchUser(used.Name));
        return token.LastUsed is { } last && used.Now < last + LastUsedStep
            ? new(state, new UsersAnswer.Done())
            : Replace(state, token with { LastUsed = used.Now });
    }

    private static UserRefusal.Malformed? Problem(UsersEvent.Created created)
    {
        if (created.By.Length is 0 or > ByMax)
            return new("by", $"{Number(created.By.Length)} characters long", $"1 to {Number(ByMax)} characters");
        if (!Enum.IsDefined(created.Role)) return new("role", created.Role.ToString(), "viewer, operator or owner");
        return created.Expires > created.Now && created.Expires <= created.Now + LifetimeMax
            ? null
            : new(
                "expires", Moments.Text(created.Expires),
                $"after {Moments.Text(created.Now)} by at most {Number((int)LifetimeMax.TotalDays)} days");
    }

    private static Func<UserToken, bool> IsOwner(DateTimeOffset now) =>
        token => token.Role == AdminRole.Owner && token.IsActive(now);

    private static UserToken? Find(UsersState state, UserName name) =>
        state.Tokens.FirstOrDefault(token => token.Name == name);

    private static UsersTransition Put(UsersState state, UserToken token) => Done(
        state.Tokens.Where(other => other.Name != token.Name).Append(token));

    private static UsersTransition Replace(UsersState state, UserToken token) => Done(
        state.Tokens.Select(other => other.Name == token.Name ? token : other));

    private static UsersTransition Done(IEnumerable<UserToken> tokens) =>
        new(new(tokens.ToValueList()), new UsersAnswer.Done());

    private static UsersTransition Refuse(UsersState state, UserRefusal refusal) =>
        new(state, new UsersAnswer.Refused(refusal));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
