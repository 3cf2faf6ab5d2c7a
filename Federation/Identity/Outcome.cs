namespace FedLowRank.Federation.Identity;

/// <summary>A checked value, or why there is none.</summary>
public abstract record Outcome<T>
    where T : notnull
{
    private Outcome()
    {
    }

    /// <summary>All checks passed.</summary>
    public sealed record Accepted(T Value) : Outcome<T>;

    /// <summary>No.</summary>
    public sealed record Refused(IdentityRefusal Refusal) : Outcome<T>;

    /// <summary>Accepts.</summary>
    public static implicit operator Outcome<T>(T value) => new Accepted(value);

    /// <summary>Refuses.</summary>
    public static implicit operator Outcome<T>(IdentityRefusal refusal) => new Refused(refusal);
}
