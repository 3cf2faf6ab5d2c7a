namespace FedLowRank.Federation.Identity.Users;

/// <summary>What an event led to.</summary>
/// <param name="State">The new state; the very same object where nothing changed.</param>
/// <param name="Answer">To be given once the state is durable.</param>
public sealed record UsersTransition(UsersState State, UsersAnswer Answer);
