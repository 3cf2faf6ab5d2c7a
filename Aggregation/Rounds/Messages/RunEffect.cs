using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Something for the shell to do once the new state is durable. Doing one twice is harmless.</summary>
public abstract record RunEffect
{
    private RunEffect()
    {
    }

    /// <summary>Tell a connected agent what to do. Needs no answer; a reconnecting agent is told again.</summary>
    public sealed record Assign(AgentId Agent, Assignment Assignment) : RunEffect;

    /// <summary>Sum a shard of exactly these updates; answer ShardDone or ShardFailed.</summary>
    public sealed record AggregateShard(RoundId Round, int Shard, int Try, ValueList<FrozenUpdate> Updates)
        : RunEffect;

    /// <summary>Make a shard's next factors from the start's and the sum; answer ShardDone or ShardFailed.</summary>
    public sealed record RefreshShard(RoundId Round, int Shard, int Try, BlobHash Start, BlobHash Sum) : RunEffect;

    /// <summary>
    /// Write the manifest; answer CheckpointWritten or CheckpointFailed. Its bytes must depend on nothing but this
    /// effect, <see cref="Try"/> left out, and the plan.
    /// </summary>
    public sealed record WriteCheckpoint(
        RoundId Round, int Try, BlobHash Start, ValueList<FrozenUpdate> Updates, ValueList<BlobHash> Parts) : RunEffect;

    /// <summary>Create a run unless it exists; answer RunForked.</summary>
    public sealed record CreateRun(ForkOrder Order) : RunEffect;
}
