using System.Text.Json.Serialization;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>Something that happened to the users.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(UsersEvent.Bootstrapped), "bootstrapped")]
[JsonDerivedType(typeof(UsersEvent.Created), "created")]
[JsonDerivedType(typeof(UsersEvent.Revoked), "revoked")]
[JsonDerivedType(typeof(UsersEvent.Used), "used")]
public abstract record UsersEvent
{
    private UsersEvent()
    {
    }

    /// <summary>The server's clock.</summary>
    public abstract DateTimeOffset Now { get; init; }

    /// <summary>
    /// The server starts and finds nobody who could make tokens. The token is printed once, when this is durable.
    /// </summary>
    public sealed record Bootstrapped(DateTimeOffset Now, TokenHash Token) : UsersEvent;

    /// <summary>An owner makes a token.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="By">Who makes it.</param>
    /// <param name="Name">For whom.</param>
    /// <param name="Role">What it may do.</param>
    /// <param name="Token">SHA-256 of the token.</param>
    /// <param name="Expires">After <paramref name="Now"/>, by at most 366 days.</param>
    public sealed record Created(
        DateTimeOffset Now, string By, UserName Name, AdminRole Role, TokenHash Token, DateTimeOffset Expires)
        : UsersEvent;

    /// <summary>An owner takes a token off.</summary>
    public sealed record Revoked(DateTimeOffset Now, string By, UserName Name) : UsersEvent;

    /// <summary>A token opened something.</summary>
    public sealed record Used(DateTimeOffset Now, UserName Name) : UsersEvent;
}
