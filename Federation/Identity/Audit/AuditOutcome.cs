namespace FedLowRank.Federation.Identity.Audit;

/// <summary>What became of what somebody did.</summary>
public enum AuditOutcome
{
    /// <summary>It took effect.</summary>
    Done,

    /// <summary>It was refused by a rule.</summary>
    Refused,

    /// <summary>Who asked may not do it, or is nobody we know.</summary>
    Denied,

    /// <summary>It went wrong on our side.</summary>
    Failed,
}
