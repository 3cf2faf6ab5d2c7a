using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>Where an invited agent has got to, or how it ended.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Standing.Invited), "invited")]
[JsonDerivedType(typeof(Standing.Declined), "declined")]
[JsonDerivedType(typeof(Standing.Joined), "joined")]
[JsonDerivedType(typeof(Standing.Delivered), "delivered")]
[JsonDerivedType(typeof(Standing.Quarantined), "quarantined")]
[JsonDerivedType(typeof(Standing.Lost), "lost")]
[JsonDerivedType(typeof(Standing.NoAnswer), "no-answer")]
[JsonDerivedType(typeof(Standing.NoUpdate), "no-update")]
[JsonDerivedType(typeof(Standing.Released), "released")]
[JsonDerivedType(typeof(Standing.Late), "late")]
[JsonDerivedType(typeof(Standing.CarriedOver), "carried-over")]
public abstract record Standing
{
    private Standing()
    {
    }

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    /// <summary>Has not answered yet.</summary>
    public sealed record Invited : Standing
    {
        /// <inheritdoc/>
        public override string Name => "invited";
    }

    /// <summary>Will not take part, or no longer; it has spent nothing.</summary>
    public sealed record Declined(DeclineReason Reason) : Standing
    {
        /// <inheritdoc/>
        public override string Name => $"declined ({Reason})";
    }

    /// <summary>Takes part; trains once the round collects.</summary>
    /// <param name="Tenths">Tenths of the local steps done, 0 to 10: the plan's steps, not counts of data.</param>
    public sealed record Joined(int Tenths) : Standing
    {
        /// <inheritdoc/>
        public override string Name => "joined";
    }

    /// <summary>Its update was accepted and acknowledged.</summary>
    /// <param name="Update">The blob.</param>
    /// <param name="Bytes">Its size.</param>
    /// <param name="Weight">What the agent declared.</param>
    /// <param name="At">When, by the server's clock.</param>
    /// <param name="Norm">L2 norm of the update; always null in a private run.</param>
    public sealed record Delivered(BlobHash Update, long Bytes, int Weight, DateTimeOffset At, double? Norm) : Standing
    {
        /// <summary>Blob with the hashes of the update's sections; null where there is none.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public BlobHash? Sections { get; init; }

        /// <inheritdoc/>
        public override string Name => "delivered";
    }

    /// <summary>Its update was kept out of the sum.</summary>
    public sealed record Quarantined(BlobHash Update, ScreeningVerdict Verdict, double? Norm) : Standing
    {
        /// <inheritdoc/>
        public override string Name => $"quarantined ({Verdict})";
    }

    /// <summary>Reported that its reserved budget is spent and no update will come.</summary>
    public sealed record Lost(LostReason Reason) : Standing
    {
        /// <inheritdoc/>
        public override string Name => $"lost ({Reason})";
    }

    /// <summary>Did not answer the invitation while it was open.</summary>
    public sealed record NoAnswer : Standing
    {
        /// <inheritdoc/>
        public override string Name => "no answer";
    }

    /// <summary>Was training, and no update came before the round ended.</summary>
    public sealed record NoUpdate : Standing
    {
        /// <inheritdoc/>
        public override string Name => "no update";
    }

    /// <summary>Joined, and the round ended before it had begun to train; it has spent nothing.</summary>
    public sealed record Released : Standing
    {
        /// <inheritdoc/>
        public override string Name => "released";
    }

    /// <summary>Its update came after the close.</summary>
    public sealed record Late(DateTimeOffset At) : Standing
    {
        /// <inheritdoc/>
        public override string Name => "late";
    }

    /// <summary>Went on training for the next attempt, whose report says how it ended.</summary>
    public sealed record CarriedOver : Standing
    {
        /// <inheritdoc/>
        public override string Name => "carried over";
    }
}
