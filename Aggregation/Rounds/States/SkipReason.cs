namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>Why a checkpoint was not evaluated.</summary>
public enum SkipReason
{
    /// <summary>No evaluator was connected.</summary>
    NoEvaluator,

    /// <summary>Every evaluator declined.</summary>
    Declined,

    /// <summary>No answer came in time.</summary>
    DeadlinePassed,

    /// <summary>A person ended the round.</summary>
    Abandoned,
}
