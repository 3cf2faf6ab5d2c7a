using System.Globalization;
using System.Text.Json.Serialization;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>Why a run waits for a person.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PauseReason.Asked), "asked")]
[JsonDerivedType(typeof(PauseReason.RolledBack), "rolled-back")]
[JsonDerivedType(typeof(PauseReason.NotTriggered), "not-triggered")]
[JsonDerivedType(typeof(PauseReason.QuorumMissed), "quorum-missed")]
[JsonDerivedType(typeof(PauseReason.WorkStalled), "work-stalled")]
public abstract record PauseReason
{
    private PauseReason()
    {
    }

    /// <summary>One sentence.</summary>
    public abstract string Message { get; }

    /// <summary>Somebody asked for it.</summary>
    public sealed record Asked(string By) : PauseReason
    {
        /// <inheritdoc/>
        public override string Message => $"{By} asked for it";
    }

    /// <summary>The run was rolled back and has not been resumed.</summary>
    public sealed record RolledBack(int Round, string By) : PauseReason
    {
        /// <inheritdoc/>
        public override string Message => string.Create(
            CultureInfo.InvariantCulture, $"{By} rolled back to round {Round}");
    }

    /// <summary>No trigger came within the schedule's time.</summary>
    public sealed record NotTriggered : PauseReason
    {
        /// <inheritdoc/>
        public override string Message => "nobody triggered the next round in time";
    }

    /// <summary>Extension and retries are used up.</summary>
    public sealed record QuorumMissed(Shortfall Shortfall) : PauseReason
    {
        /// <inheritdoc/>
        public override string Message => $"quorum missed: {Shortfall.Message}";
    }

    /// <summary>The server's own work failed or took too long, too often. The frozen list is kept.</summary>
    public sealed record WorkStalled(RoundStage Stage, int Shard, string Detail) : PauseReason
    {
        /// <inheritdoc/>
        public override string Message => string.Create(
            CultureInfo.InvariantCulture, $"{Stage} of shard {Shard} stalled: {Detail}");
    }
}
