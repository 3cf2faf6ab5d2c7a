using System.Collections.Frozen;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>Who may do what: the one table. What is not in it nobody may do.</summary>
public static class Permissions
{
    private static readonly FrozenDictionary<AdminAction, AdminRole> Least = new Dictionary<AdminAction, AdminRole>
    {
        [AdminAction.ViewRuns] = AdminRole.Viewer,
        [AdminAction.ViewAgents] = AdminRole.Viewer,
        [AdminAction.ViewServer] = AdminRole.Viewer,
        [AdminAction.CreateRun] = AdminRole.Operator,
        [AdminAction.StartRun] = AdminRole.Operator,
        [AdminAction.PauseRun] = AdminRole.Operator,
        [AdminAction.ResumeRun] = AdminRole.Operator,
        [AdminAction.CancelRun] = AdminRole.Operator,
        [AdminAction.TriggerRound] = AdminRole.Operator,
        [AdminAction.RollbackRun] = AdminRole.Operator,
        [AdminAction.ForkRun] = AdminRole.Operator,
        [AdminAction.ExportAdapter] = AdminRole.Operator,
        [AdminAction.InviteAgent] = AdminRole.Operator,
        [AdminAction.RevokeAgent] = AdminRole.Operator,
        [AdminAction.ViewAudit] = AdminRole.Operator,
        [AdminAction.ExportAudit] = AdminRole.Owner,
        [AdminAction.ViewUsers] = AdminRole.Owner,
        [AdminAction.CreateUser] = AdminRole.Owner,
        [AdminAction.RevokeUser] = AdminRole.Owner,
        [AdminAction.ChangeRetention] = AdminRole.Owner,
    }.ToFrozenDictionary();

    /// <summary>The least role that an action needs; null where nobody may do it.</summary>
    public static AdminRole? LeastRole(AdminAction action) => Least.TryGetValue(action, out var role) ? role : null;

    /// <summary>Whether a role may do it. Roles and actions that do not exist may nothing.</summary>
    public static bool Allows(AdminRole role, AdminAction action) =>
        Enum.IsDefined(role) && LeastRole(action) is { } least && role >= least;
}
