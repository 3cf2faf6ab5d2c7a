using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>What a round waits for.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RoundPhase.Gathering), "gathering")]
[JsonDerivedType(typeof(RoundPhase.Working), "working")]
[JsonDerivedType(typeof(RoundPhase.Evaluating), "evaluating")]
public abstract record RoundPhase
{
    private RoundPhase()
    {
    }

    /// <summary>Which phase it is.</summary>
    public abstract RoundStage Stage { get; init; }

    /// <summary>Until when it waits, in the run's time.</summary>
    public abstract TimeSpan Deadline { get; init; }

    /// <summary>Waits for agents: in Selecting for their answers, in Collecting for their updates.</summary>
    /// <param name="Stage">Selecting or Collecting.</param>
    /// <param name="Deadline">In the run's time.</param>
    /// <param name="IsExtended">The attempt's one extension is used up.</param>
    public sealed record Gathering(RoundStage Stage, TimeSpan Deadline, bool IsExtended) : RoundPhase;

    /// <summary>Waits for the server's own work.</summary>
    /// <param name="Stage">Aggregating, Refreshing or Checkpointing.</param>
    /// <param name="Deadline">In the run's time.</param>
    /// <param name="Work">Its input and what is done.</param>
    public sealed record Working(RoundStage Stage, TimeSpan Deadline, ServerWork Work) : RoundPhase;

    /// <summary>Waits for an evaluator's figures.</summary>
    /// <param name="Deadline">In the run's time.</param>
    /// <param name="Checkpoint">The manifest, already written.</param>
    /// <param name="Asked">Evaluators asked so far, sorted by agent.</param>
    public sealed record Evaluating(TimeSpan Deadline, BlobHash Checkpoint, ValueList<AskedEvaluator> Asked)
        : RoundPhase
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override RoundStage Stage { get; init; } = RoundStage.Evaluating;
    }
}
