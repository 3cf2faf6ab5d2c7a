using System.Globalization;
using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>Why a run ended by itself.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FailureReason.QuorumMissed), "quorum-missed")]
[JsonDerivedType(typeof(FailureReason.TwoResults), "two-results")]
public abstract record FailureReason
{
    private FailureReason()
    {
    }

    /// <summary>One sentence.</summary>
    public abstract string Message { get; }

    /// <summary>Extension and retries are used up and the policy's last resort is to fail.</summary>
    public sealed record QuorumMissed(Shortfall Shortfall) : FailureReason
    {
        /// <inheritdoc/>
        public override string Message => $"quorum missed: {Shortfall.Message}";
    }

    /// <summary>
    /// The same work on the same input gave two results. One of them is wrong and nobody can say which, so nothing
    /// may be built on either.
    /// </summary>
    public sealed record TwoResults(RoundStage Stage, int Shard, BlobHash First, BlobHash Second) : FailureReason
    {
        /// <inheritdoc/>
        public override string Message => string.Create(
            CultureInfo.InvariantCulture, $"{Stage} of shard {Shard} gave {First} and then {Second}");
    }
}
