namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>What becomes of a run whose round cannot reach its quorum.</summary>
public enum LastResort
{
    /// <summary>It pauses and holds the round with its updates; a person decides.</summary>
    Pause,

    /// <summary>It fails; a rollback or a fork takes it up again.</summary>
    Fail,
}
