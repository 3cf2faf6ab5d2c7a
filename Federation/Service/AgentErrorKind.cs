namespace FedLowRank.Federation.Service;

/// <summary>
/// What kind of thing went wrong at an agent. A code and no text: text could carry data. All that a code tells, the
/// server was told before, as the reason of a decline or of a loss, or answered itself.
/// </summary>
public enum AgentErrorKind
{
    /// <summary>Its owner's policy does not allow a run or its terms, or cannot be read.</summary>
    Policy,

    /// <summary>A round would exceed its owner's budget.</summary>
    Budget,

    /// <summary>The data do not fit the run's labels or columns, or cannot be read.</summary>
    Data,

    /// <summary>It lacks the base model, or holds another one.</summary>
    Model,

    /// <summary>It lacks disk, memory or a device.</summary>
    Resources,

    /// <summary>Its ledger is damaged or missing.</summary>
    Ledger,

    /// <summary>A round was charged, and brought no update.</summary>
    Training,

    /// <summary>The server refused what it sent.</summary>
    Refused,

    /// <summary>It could not get its next certificate.</summary>
    Certificate,

    /// <summary>None of these.</summary>
    Other,
}
