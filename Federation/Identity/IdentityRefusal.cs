namespace FedLowRank.Federation.Identity;

/// <summary>Why something about who somebody is was refused. The cases are in closed unions by subject.</summary>
public abstract record IdentityRefusal
{
    private protected IdentityRefusal(string code, string message) => (Code, Message) = (code, message);

    /// <summary>Stable, for programs and reports.</summary>
    public string Code { get; }

    /// <summary>One sentence for people. Never holds a secret.</summary>
    public string Message { get; }
}
