namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>What whoever sent an event is told, once the new state is durable.</summary>
public abstract record Answer
{
    private Answer()
    {
    }

    /// <summary>It took effect, or had done so before.</summary>
    public sealed record Done : Answer;

    /// <summary>It was superfluous, and harmless.</summary>
    public sealed record Ignored : Answer;

    /// <summary>An update was accepted, now or before.</summary>
    public sealed record Received(UpdateReceipt Receipt) : Answer;

    /// <summary>No.</summary>
    public sealed record Refused(Refusal Refusal) : Answer;
}
