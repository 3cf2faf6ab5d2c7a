namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Why reserved budget brought no update. A code and no text: text could carry data.</summary>
public enum LostReason
{
    /// <summary>The agent died between the reservation and a durable update.</summary>
    Died,

    /// <summary>Training failed.</summary>
    TrainingFailed,

    /// <summary>Disk or memory ran out.</summary>
    Resources,

    /// <summary>The agent's owner stopped it.</summary>
    Stopped,

    /// <summary>None of these.</summary>
    Other,
}
