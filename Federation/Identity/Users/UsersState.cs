using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>All tokens, at most one for each name, in the order of their making.</summary>
public sealed record UsersState(ValueList<UserToken> Tokens)
{
    /// <summary>How many there may be.</summary>
    public const int TokensMax = 1000;

    /// <summary>No users: what a new server begins with.</summary>
    public static UsersState Empty { get; } = new([]);
}
