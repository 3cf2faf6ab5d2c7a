namespace FedLowRank.Federation.Wire;

/// <summary>
/// What an agent can be told to do; the cases of <see cref="Aggregation.Rounds.Messages.Assignment"/>.
/// </summary>
public enum OrderKind
{
    /// <summary>Nothing: stop what was ordered before.</summary>
    Idle,

    /// <summary>Answer an invitation.</summary>
    Invitation,

    /// <summary>Wait for the round to begin.</summary>
    StandBy,

    /// <summary>Train and deliver.</summary>
    Training,

    /// <summary>Measure a checkpoint.</summary>
    Evaluation,
}
