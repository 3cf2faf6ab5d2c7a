using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>How an attempt at a round ended.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RoundResult.Completed), "completed")]
[JsonDerivedType(typeof(RoundResult.QuorumMissed), "quorum-missed")]
[JsonDerivedType(typeof(RoundResult.Abandoned), "abandoned")]
[JsonDerivedType(typeof(RoundResult.Broken), "broken")]
public abstract record RoundResult
{
    private RoundResult()
    {
    }

    /// <summary>Its checkpoint stands.</summary>
    public sealed record Completed(BlobHash Checkpoint, Evaluation Evaluation) : RoundResult;

    /// <summary>Too few agents or updates. What was delivered goes over to the next attempt, if there is one.</summary>
    public sealed record QuorumMissed(Shortfall Shortfall) : RoundResult;

    /// <summary>A person ended it, and with it the use of what was delivered.</summary>
    public sealed record Abandoned(string By) : RoundResult;

    /// <summary>The server's work contradicted itself.</summary>
    public sealed record Broken(FailureReason Reason) : RoundResult;
}
