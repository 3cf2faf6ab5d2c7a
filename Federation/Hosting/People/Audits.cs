using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>The entries that the services write of what people, and agents that enrol, have changed.</summary>
internal static class Audits
{
    /// <summary>The name under which the server itself acts.</summary>
    public const string Server = "the server";

    /// <summary>It took effect.</summary>
    public static AuditDraft Done(string actor, string action, string target, params ValueList<AuditDetail> details) =>
        new(actor, action, target, AuditOutcome.Done, details);

    /// <summary>A rule refused it.</summary>
    public static AuditDraft Refused(string actor, string action, string target, string code) =>
        new(actor, action, target, AuditOutcome.Refused, [new("code", code)]);

    /// <summary>A rule refused it, or it took effect where there is no refusal.</summary>
    public static AuditDraft Of(string actor, string action, string target, IdentityRefusal? refusal) =>
        refusal is null ? Done(actor, action, target) : Refused(actor, action, target, refusal.Code);

    /// <summary>See <see cref="IAuditSink.TryTellFailedAsync"/>.</summary>
    public static async Task TryTellFailedAsync(IAuditSink audit, IEnumerable<AuditDraft> announced, ILogger logger)
    {
        try
        {
            await audit.AppendAsync([.. announced.Select(draft => draft with { Outcome = AuditOutcome.Failed })]);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            HostLog.ChoreFailed(logger, "telling the audit log of a failure", error);
        }
    }
}
