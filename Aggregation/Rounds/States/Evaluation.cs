using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>What is known of a checkpoint's quality, from public data only.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Evaluation.Measured), "measured")]
[JsonDerivedType(typeof(Evaluation.Skipped), "skipped")]
public abstract record Evaluation
{
    private Evaluation()
    {
    }

    /// <summary>An evaluator measured it.</summary>
    public sealed record Measured(AgentId Evaluator, ValueList<Metric> Metrics) : Evaluation;

    /// <summary>Nobody did.</summary>
    public sealed record Skipped(SkipReason Reason) : Evaluation;
}
