namespace FedLowRank.Federation.Identity.Users;

/// <summary>What members of a group of the identity provider may do.</summary>
public sealed record GroupRole(string Group, AdminRole Role);
