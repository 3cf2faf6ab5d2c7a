namespace FedLowRank.ClientAgent.Commands;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something went wrong that the input is not to blame for.</summary>
    public const int Failure = 1;

    /// <summary>The command line, the policy or another file of the owner's cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>Another agent has the folder.</summary>
    public const int InUse = 3;

    /// <summary>Not enrolled, revoked, expired, or the invite is no good: a new invite is needed.</summary>
    public const int NotAdmitted = 4;

    /// <summary><c>doctor</c> found something that keeps the agent from training.</summary>
    public const int Unwell = 5;

    /// <summary>Stopped by the user: 128 + SIGINT, as shells have it. <c>run</c> ends with 0 instead.</summary>
    public const int Cancelled = 130;
}
