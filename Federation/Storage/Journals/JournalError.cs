namespace FedLowRank.Federation.Storage.Journals;

/// <summary>Why a journal cannot do what it was asked.</summary>
public enum JournalError
{
    /// <summary>An entry, an append or a snapshot exceeds its limit.</summary>
    TooLarge,

    /// <summary>An entry asked for is pruned, or its stream was deleted.</summary>
    Gone,

    /// <summary>What is stored is not what was written.</summary>
    Damaged,

    /// <summary>A newer version of the program has written the store.</summary>
    NewerSchema,

    /// <summary>The store must be upgraded first.</summary>
    OlderSchema,

    /// <summary>Another server has it open.</summary>
    InUse,

    /// <summary>No space is left.</summary>
    DiskFull,

    /// <summary>The store is set up so that it could lose what it has acknowledged.</summary>
    NotDurable,

    /// <summary>The store cannot be reached, or its disk fails.</summary>
    Unavailable,
}
