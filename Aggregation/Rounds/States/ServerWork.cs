using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>What the server does with a closed round. A slot once filled never changes.</summary>
/// <param name="Frozen">
/// The updates that make the round, sorted by hash and then agent. Fixed at the close.
/// </param>
/// <param name="Sums">Aggregating: one slot for each shard of the plan, in its order.</param>
/// <param name="Parts">Refreshing: likewise.</param>
/// <param name="Manifest">Checkpointing: one slot.</param>
public sealed record ServerWork(
    ValueList<FrozenUpdate> Frozen, ValueList<WorkSlot> Sums, ValueList<WorkSlot> Parts, ValueList<WorkSlot> Manifest)
{
    /// <summary>The slots of a stage.</summary>
    internal ValueList<WorkSlot> Slots(RoundStage stage) => stage switch
    {
        RoundStage.Aggregating => Sums,
        RoundStage.Refreshing => Parts,
        RoundStage.Checkpointing => Manifest,
        _ => [],
    };

    internal ServerWork With(RoundStage stage, ValueList<WorkSlot> slots) => stage switch
    {
        RoundStage.Aggregating => this with { Sums = slots },
        RoundStage.Refreshing => this with { Parts = slots },
        _ => this with { Manifest = slots },
    };
}
