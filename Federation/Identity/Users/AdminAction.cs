namespace FedLowRank.Federation.Identity.Users;

/// <summary>All that the admin listener lets anyone do. Who may do what: <see cref="Permissions"/>.</summary>
public enum AdminAction
{
    /// <summary>See runs, rounds and their reports, and watch them.</summary>
    ViewRuns,

    /// <summary>See agents, their roles and when their certificates expire.</summary>
    ViewAgents,

    /// <summary>See health and figures of the server.</summary>
    ViewServer,

    /// <summary>Draft a run.</summary>
    CreateRun,

    /// <summary>Start a run.</summary>
    StartRun,

    /// <summary>Pause a run.</summary>
    PauseRun,

    /// <summary>Resume a run.</summary>
    ResumeRun,

    /// <summary>Cancel a run for good.</summary>
    CancelRun,

    /// <summary>Start a round by hand.</summary>
    TriggerRound,

    /// <summary>Go back to an earlier round.</summary>
    RollbackRun,

    /// <summary>Start a new run from a round.</summary>
    ForkRun,

    /// <summary>Take a trained adapter out.</summary>
    ExportAdapter,

    /// <summary>Invite an agent, for the first time or again.</summary>
    InviteAgent,

    /// <summary>Take an agent or one of its certificates off.</summary>
    RevokeAgent,

    /// <summary>Read and verify the audit log.</summary>
    ViewAudit,

    /// <summary>Take the audit log out.</summary>
    ExportAudit,

    /// <summary>See who has tokens, and their roles.</summary>
    ViewUsers,

    /// <summary>Make a token.</summary>
    CreateUser,

    /// <summary>Take a token off.</summary>
    RevokeUser,

    /// <summary>Change what is kept and for how long.</summary>
    ChangeRetention,
}
