using System.Text.Json.Serialization;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>What a run is doing. It is running between rounds and in a round.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunStatus.Draft), "draft")]
[JsonDerivedType(typeof(RunStatus.BetweenRounds), "between-rounds")]
[JsonDerivedType(typeof(RunStatus.InRound), "in-round")]
[JsonDerivedType(typeof(RunStatus.Paused), "paused")]
[JsonDerivedType(typeof(RunStatus.Completed), "completed")]
[JsonDerivedType(typeof(RunStatus.Cancelled), "cancelled")]
[JsonDerivedType(typeof(RunStatus.Failed), "failed")]
public abstract record RunStatus
{
    private RunStatus()
    {
    }

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>Created, not started.</summary>
    public sealed record Draft : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "a draft";
    }

    /// <summary>Waits for a trigger or for its schedule.</summary>
    /// <param name="Deadline">In the run's time.</param>
    public sealed record BetweenRounds(TimeSpan Deadline) : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "between rounds";
    }

    /// <summary>Works on a round.</summary>
    /// <param name="Round">The attempt.</param>
    /// <param name="PauseAfter">Set where the run is to pause when the round has ended.</param>
    public sealed record InRound(RoundState Round, PauseReason? PauseAfter) : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => $"{Round.Phase.Stage}, round {Round.Id}".ToLowerInvariant();
    }

    /// <summary>Waits for a person. A held round's agents may still deliver.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Held">The attempt that goes on when the run resumes, if any.</param>
    public sealed record Paused(PauseReason Reason, RoundState? Held) : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "paused";
    }

    /// <summary>All rounds are done.</summary>
    public sealed record Completed : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "completed";
    }

    /// <summary>Ended by a person, for good.</summary>
    /// <param name="By">Who.</param>
    public sealed record Cancelled(string By) : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "cancelled";
    }

    /// <summary>Ended by itself; a rollback takes it up again.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Failed(FailureReason Reason) : RunStatus
    {
        /// <inheritdoc/>
        public override string Name => "failed";
    }
}
