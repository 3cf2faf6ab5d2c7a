using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>What is to be written into the audit log, as whoever writes it has it.</summary>
/// <param name="Actor">Who did it: a user, an agent, or the server.</param>
/// <param name="Action">What, as a short name.</param>
/// <param name="Target">To what.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Details">Facts beside.</param>
public sealed record AuditDraft(
    string Actor, string Action, string Target, AuditOutcome Outcome, ValueList<AuditDetail> Details);
