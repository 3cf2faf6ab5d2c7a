namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>What becomes of the round in progress when a run pauses.</summary>
public enum PauseMode
{
    /// <summary>It goes on to its end, and then the run pauses.</summary>
    FinishRound,

    /// <summary>
    /// Its deadline stands still and the server's work stops; agents that joined may still deliver. Nothing is lost.
    /// </summary>
    HoldRound,

    /// <summary>
    /// It ends now, and what was delivered is not used though its privacy is spent. A checkpoint that stands, stays.
    /// </summary>
    AbandonRound,
}
