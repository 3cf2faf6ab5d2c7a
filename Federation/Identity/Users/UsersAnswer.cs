namespace FedLowRank.Federation.Identity.Users;

/// <summary>What whoever sent an event is told, once the new state is durable.</summary>
public abstract record UsersAnswer
{
    private UsersAnswer()
    {
    }

    /// <summary>It took effect.</summary>
    public sealed record Done : UsersAnswer;

    /// <summary>No.</summary>
    public sealed record Refused(UserRefusal Refusal) : UsersAnswer;
}
