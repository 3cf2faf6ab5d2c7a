namespace FedLowRank.Federation.Identity.Files;

/// <summary>What is wrong with a file of keys.</summary>
public enum FileProblem
{
    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there, and is not to be overwritten.</summary>
    Exists,

    /// <summary>Others than its owner may read or write it.</summary>
    TooOpen,

    /// <summary>It is not of the form.</summary>
    Malformed,

    /// <summary>Its key is encrypted, and no passphrase was given.</summary>
    PassphraseNeeded,

    /// <summary>The passphrase does not open it.</summary>
    PassphraseWrong,

    /// <summary>Its key is not that of its certificate.</summary>
    KeyMismatch,
}
