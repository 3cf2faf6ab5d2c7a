namespace FedLowRank.Federation.Identity.Users;

/// <summary>A person who proved who they are, however they did.</summary>
/// <param name="Name">For the audit log: a user's name, or issuer and subject of a sign-in.</param>
/// <param name="Role">What they may do.</param>
public sealed record SignedInUser(string Name, AdminRole Role)
{
    /// <summary>Null where they may do it, else why not.</summary>
    public UserRefusal.NotAllowed? RefusalOf(AdminAction action) =>
        Permissions.Allows(Role, action) ? null : new(Role, action);
}
