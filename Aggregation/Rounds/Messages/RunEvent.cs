using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>
/// Something that happened. <see cref="Now"/> is the server's clock when the event is applied; it may jump in either
/// direction.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunEvent.Asked), "asked")]
[JsonDerivedType(typeof(RunEvent.Ticked), "ticked")]
[JsonDerivedType(typeof(RunEvent.Restarted), "restarted")]
[JsonDerivedType(typeof(RunEvent.AgentPresent), "agent-present")]
[JsonDerivedType(typeof(RunEvent.AgentGone), "agent-gone")]
[JsonDerivedType(typeof(RunEvent.AgentJoined), "agent-joined")]
[JsonDerivedType(typeof(RunEvent.AgentDeclined), "agent-declined")]
[JsonDerivedType(typeof(RunEvent.AgentProgressed), "agent-progressed")]
[JsonDerivedType(typeof(RunEvent.AgentLost), "agent-lost")]
[JsonDerivedType(typeof(RunEvent.UpdateSubmitted), "update-submitted")]
[JsonDerivedType(typeof(RunEvent.ShardDone), "shard-done")]
[JsonDerivedType(typeof(RunEvent.ShardFailed), "shard-failed")]
[JsonDerivedType(typeof(RunEvent.CheckpointWritten), "checkpoint-written")]
[JsonDerivedType(typeof(RunEvent.CheckpointFailed), "checkpoint-failed")]
[JsonDerivedType(typeof(RunEvent.EvaluationDone), "evaluation-done")]
[JsonDerivedType(typeof(RunEvent.EvaluationDeclined), "evaluation-declined")]
[JsonDerivedType(typeof(RunEvent.RunForked), "run-forked")]
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The server's clock.</summary>
    public abstract DateTimeOffset Now { get; init; }

    /// <summary>A person, or a program with a person's rights, asks for something.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Id">The same id again does nothing more.</param>
    /// <param name="By">Who asked, 1 to 128 characters.</param>
    /// <param name="Command">What for.</param>
    public sealed record Asked(DateTimeOffset Now, CommandId Id, string By, RunCommand Command) : RunEvent;

    /// <summary>Time passed. Harmless when early, late or twice.</summary>
    public sealed record Ticked(DateTimeOffset Now) : RunEvent;

    /// <summary>
    /// The server has loaded the state after an outage. The time that it was away counts against no deadline, and
    /// nobody is connected until announced anew. Orders all pending effects again.
    /// </summary>
    public sealed record Restarted(DateTimeOffset Now) : RunEvent
    {
        /// <summary>
        /// When the outage ended; the time since then counts. Where it is before the last event there was none. Null
        /// for now.
        /// </summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? Back { get; init; }
    }

    /// <summary>An agent that may take part in this run connected, or connected again.</summary>
    public sealed record AgentPresent(DateTimeOffset Now, AgentId Agent, AgentRole Role) : RunEvent;

    /// <summary>An agent's connection ended. It keeps its place in the round.</summary>
    public sealed record AgentGone(DateTimeOffset Now, AgentId Agent) : RunEvent;

    /// <summary>An agent accepts its invitation.</summary>
    public sealed record AgentJoined(DateTimeOffset Now, AgentId Agent, RoundId Round) : RunEvent;

    /// <summary>An agent refuses its invitation, or steps back before it has reserved any budget.</summary>
    public sealed record AgentDeclined(DateTimeOffset Now, AgentId Agent, RoundId Round, DeclineReason Reason)
        : RunEvent;

    /// <summary>A heart-beat of training.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Agent">The agent.</param>
    /// <param name="Round">What it trains.</param>
    /// <param name="StepsDone">Of the plan's local steps.</param>
    public sealed record AgentProgressed(DateTimeOffset Now, AgentId Agent, RoundId Round, int StepsDone) : RunEvent;

    /// <summary>An agent reserved budget for the round and has no update for it.</summary>
    public sealed record AgentLost(DateTimeOffset Now, AgentId Agent, RoundId Round, LostReason Reason) : RunEvent;

    /// <summary>An update is stored durably and screened; the answer is the agent's receipt or refusal.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Run">The run that the agent named.</param>
    /// <param name="Round">The attempt that it named.</param>
    /// <param name="Agent">The authenticated agent.</param>
    /// <param name="Update">The blob.</param>
    /// <param name="Bytes">Its size.</param>
    /// <param name="Weight">What the agent declares: from its owner's policy, never from a count of rows.</param>
    /// <param name="Screening">What was seen in it.</param>
    public sealed record UpdateSubmitted(
        DateTimeOffset Now, RunId Run, RoundId Round, AgentId Agent, BlobHash Update, long Bytes, int Weight,
        Screening Screening) : RunEvent
    {
        /// <summary>Blob with the hashes of the update's sections; null where there is none.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public BlobHash? Sections { get; init; }
    }

    /// <summary>A shard was summed or refreshed, and its result is stored durably.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Round">The attempt.</param>
    /// <param name="Stage">Aggregating or Refreshing.</param>
    /// <param name="Shard">Index in the plan.</param>
    /// <param name="Result">The blob.</param>
    public sealed record ShardDone(DateTimeOffset Now, RoundId Round, RoundStage Stage, int Shard, BlobHash Result)
        : RunEvent;

    /// <summary>A shard could not be summed or refreshed.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Round">The attempt.</param>
    /// <param name="Stage">Aggregating or Refreshing.</param>
    /// <param name="Shard">Index in the plan.</param>
    /// <param name="Try">The order that failed.</param>
    /// <param name="Detail">For people; cut at 200 characters.</param>
    public sealed record ShardFailed(
        DateTimeOffset Now, RoundId Round, RoundStage Stage, int Shard, int Try, string Detail) : RunEvent;

    /// <summary>The manifest is stored durably.</summary>
    public sealed record CheckpointWritten(DateTimeOffset Now, RoundId Round, BlobHash Manifest) : RunEvent;

    /// <summary>The manifest could not be written.</summary>
    /// <param name="Now">The server's clock.</param>
    /// <param name="Round">The attempt.</param>
    /// <param name="Try">The order that failed.</param>
    /// <param name="Detail">For people; cut at 200 characters.</param>
    public sealed record CheckpointFailed(DateTimeOffset Now, RoundId Round, int Try, string Detail) : RunEvent;

    /// <summary>An evaluator measured the round's checkpoint on public data.</summary>
    public sealed record EvaluationDone(
        DateTimeOffset Now, AgentId Agent, RoundId Round, ValueList<Metric> Metrics) : RunEvent;

    /// <summary>An evaluator cannot measure it.</summary>
    public sealed record EvaluationDeclined(DateTimeOffset Now, AgentId Agent, RoundId Round) : RunEvent;

    /// <summary>An ordered fork exists.</summary>
    public sealed record RunForked(DateTimeOffset Now, RunId Fork) : RunEvent;
}
