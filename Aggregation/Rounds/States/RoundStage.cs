namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>The phases of a round, in order.</summary>
public enum RoundStage
{
    /// <summary>Agents are invited and answer. No privacy is spent.</summary>
    Selecting,

    /// <summary>Agents train and deliver.</summary>
    Collecting,

    /// <summary>Each shard's updates are summed.</summary>
    Aggregating,

    /// <summary>Each shard's sum becomes the next factors.</summary>
    Refreshing,

    /// <summary>The manifest is written.</summary>
    Checkpointing,

    /// <summary>Evaluators measure the checkpoint, which already stands.</summary>
    Evaluating,
}
