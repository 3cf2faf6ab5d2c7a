namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>What a connected agent is for; from its enrolment.</summary>
public enum AgentRole
{
    /// <summary>Trains on its owner's data.</summary>
    Trainer,

    /// <summary>Holds the base model and public data, and measures checkpoints.</summary>
    Evaluator,
}
