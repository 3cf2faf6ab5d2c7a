namespace FedLowRank.Federation.Identity.Audit;

/// <summary>Whether an audit log is whole.</summary>
public abstract record AuditVerdict
{
    private AuditVerdict()
    {
    }

    /// <summary>It is.</summary>
    /// <param name="Head">Where it ends.</param>
    /// <param name="SignedSequence">
    /// Up to which entry the authority vouches for it; what follows could have been rewritten as a whole, or cut.
    /// </param>
    public sealed record Intact(AuditHead Head, long SignedSequence) : AuditVerdict;

    /// <summary>It is not.</summary>
    /// <param name="Sequence">Number of the first entry that is wrong, or of the signed entry at fault.</param>
    /// <param name="Fault">What is wrong.</param>
    public sealed record Broken(long Sequence, AuditFault Fault) : AuditVerdict;
}
