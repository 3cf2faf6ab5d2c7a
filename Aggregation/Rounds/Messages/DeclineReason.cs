namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Why an agent does not take part. A code and no text: text could carry data.</summary>
public enum DeclineReason
{
    /// <summary>The owner's policy does not allow this run or its terms.</summary>
    Policy,

    /// <summary>The round would exceed the owner's budget.</summary>
    Budget,

    /// <summary>The data do not fit the run's labels or columns.</summary>
    Data,

    /// <summary>It works on something else, or these are not its hours.</summary>
    Busy,

    /// <summary>It lacks the base model, or holds another one.</summary>
    Model,

    /// <summary>It lacks disk, memory or a device.</summary>
    Resources,

    /// <summary>Its ledger is damaged.</summary>
    Ledger,

    /// <summary>None of these.</summary>
    Other,
}
