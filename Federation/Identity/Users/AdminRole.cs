namespace FedLowRank.Federation.Identity.Users;

/// <summary>What a person may do; each role may do all that those before it may.</summary>
public enum AdminRole
{
    /// <summary>Looks.</summary>
    Viewer = 1,

    /// <summary>Runs the federation.</summary>
    Operator = 2,

    /// <summary>Decides who the others are.</summary>
    Owner = 3,
}
