namespace FedLowRank.Federation.Identity.Users;

/// <summary>Why a user was refused, or the users do not change as asked.</summary>
public abstract record UserRefusal : IdentityRefusal
{
    private UserRefusal(string code, string message)
        : base(code, message)
    {
    }

    /// <summary>The text is no token, by its look alone.</summary>
    public sealed record NotAToken() : UserRefusal(
        "not-a-token", $"this is no token, or a mistyped one; a token begins with {AdminTokenText.Prefix}");

    /// <summary>No user has this token.</summary>
    public sealed record UnknownToken() : UserRefusal("unknown-token", "no user has this token");

    /// <summary>The token's time is over.</summary>
    public sealed record Expired(UserName Name, DateTimeOffset Expires) : UserRefusal(
        "token-expired", $"the token of {Name} expired at {Moments.Text(Expires)}");

    /// <summary>The token was taken off.</summary>
    public sealed record Revoked(UserName Name, DateTimeOffset At) : UserRefusal(
        "token-revoked", $"the token of {Name} was revoked at {Moments.Text(At)}");

    /// <summary>The role does not suffice.</summary>
    public sealed record NotAllowed(AdminRole Role, AdminAction Action) : UserRefusal(
        "not-allowed",
        $"{Action} needs {Permissions.LeastRole(Action)?.ToString() ?? "more than anyone has"}; this is {Role}");

    /// <summary>A field is out of its limits.</summary>
    public sealed record Malformed(string Field, string Value, string Limit) : UserRefusal(
        "malformed", $"{Field} is {Value}; it must be {Limit}");

    /// <summary>The name's token is still good.</summary>
    public sealed record NameTaken(UserName Name) : UserRefusal(
        "name-taken", $"{Name} has a token already; revoke it first");

    /// <summary>There is no token of that name, or it is over already.</summary>
    public sealed record NoSuchUser(UserName Name) : UserRefusal("no-such-user", $"{Name} has no token that is good");

    /// <summary>Nobody could make tokens any more.</summary>
    public sealed record LastOwner(UserName Name) : UserRefusal(
        "last-owner", $"{Name} is the last owner; make another first");

    /// <summary>Somebody can make tokens, so none comes from nothing.</summary>
    public sealed record HasOwner() : UserRefusal("has-owner", "there is an owner already");

    /// <summary>The claims of a sign-in give no role.</summary>
    public sealed record BadClaims(string Problem) : UserRefusal("bad-claims", $"the sign-in gives no role: {Problem}");
}
