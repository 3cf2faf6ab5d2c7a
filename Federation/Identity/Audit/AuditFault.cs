namespace FedLowRank.Federation.Identity.Audit;

/// <summary>What is wrong with an audit log.</summary>
public enum AuditFault
{
    /// <summary>The entry is not of the form.</summary>
    Malformed,

    /// <summary>The entry does not have the number that follows.</summary>
    WrongSequence,

    /// <summary>The entry does not hold the hash of the one before: that one, or this one, was changed.</summary>
    WrongPrevious,

    /// <summary>The authority signed another entry of this number: this one or one before it was changed.</summary>
    NotAsSigned,

    /// <summary>The authority signed an entry that is not there any more.</summary>
    Missing,

    /// <summary>A signed head was not signed by the authority.</summary>
    ForgedHead,
}
