using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>What an event leads to, before any of it is durable.</summary>
/// <param name="State">The next state; the very same object where nothing changed.</param>
/// <param name="Happened">The event.</param>
/// <param name="Audit">Its entry in the audit log; null where it needs none.</param>
/// <param name="Answer">For whoever asked, once state and entry are durable.</param>
internal sealed record Change<TState, TEvent, TAnswer>(
    TState? State, TEvent Happened, AuditDraft? Audit, TAnswer Answer);
