using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>
/// What an agent is to do now. A level, not an edge: it replaces what the agent was told before, and being told twice
/// changes nothing.
/// </summary>
public abstract record Assignment
{
    private Assignment()
    {
    }

    /// <summary>Nothing: stop what was assigned before.</summary>
    public sealed record Idle : Assignment;

    /// <summary>Answer an invitation; spend no budget yet.</summary>
    public sealed record Invitation(RoundId Round, BlobHash Start) : Assignment;

    /// <summary>Joined: wait for the round to begin.</summary>
    public sealed record StandBy(RoundId Round) : Assignment;

    /// <summary>Reserve the budget, train from the start checkpoint, deliver.</summary>
    public sealed record Training(RoundId Round, BlobHash Start) : Assignment;

    /// <summary>Measure a checkpoint on public data.</summary>
    public sealed record Evaluation(RoundId Round, BlobHash Checkpoint) : Assignment;
}
