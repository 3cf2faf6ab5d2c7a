using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>What a person can ask of a run.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunCommand.Start), "start")]
[JsonDerivedType(typeof(RunCommand.Trigger), "trigger")]
[JsonDerivedType(typeof(RunCommand.Pause), "pause")]
[JsonDerivedType(typeof(RunCommand.Resume), "resume")]
[JsonDerivedType(typeof(RunCommand.Cancel), "cancel")]
[JsonDerivedType(typeof(RunCommand.Rollback), "rollback")]
[JsonDerivedType(typeof(RunCommand.Fork), "fork")]
public abstract record RunCommand
{
    private RunCommand()
    {
    }

    /// <summary>As on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Draft: begin.</summary>
    public sealed record Start : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "start";
    }

    /// <summary>Between rounds: begin the next one now.</summary>
    public sealed record Trigger : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "trigger";
    }

    /// <summary>Running: pause.</summary>
    public sealed record Pause(PauseMode Mode) : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "pause";
    }

    /// <summary>Paused: go on. Running, with a pause after the round: do not pause.</summary>
    public sealed record Resume : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "resume";
    }

    /// <summary>Draft, running or paused: end for good.</summary>
    public sealed record Cancel : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "cancel";
    }

    /// <summary>
    /// Started, not cancelled: go back to the checkpoint after a round. The attempt in progress is abandoned, later
    /// rounds are superseded, and the run pauses.
    /// </summary>
    public sealed record Rollback(int Round) : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "rollback";
    }

    /// <summary>Always: make a new draft from the checkpoint after a round. This run goes on.</summary>
    /// <param name="Round">Whose checkpoint.</param>
    /// <param name="NewRun">Id of the new run.</param>
    /// <param name="Seed">Seed of the new run.</param>
    /// <param name="Plan">Null for this run's.</param>
    public sealed record Fork(int Round, RunId NewRun, ulong Seed, RunPlan? Plan) : RunCommand
    {
        /// <inheritdoc/>
        public override string Name => "fork";
    }
}
