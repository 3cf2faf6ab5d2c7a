namespace FedLowRank.Cli.Commands;

/// <summary>How the program ends. The numbers are stable; scripts rely on them.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something went wrong that the input is not to blame for.</summary>
    public const int Failure = 1;

    /// <summary>The command line, a configuration or an input file cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The server understood, and a rule says no.</summary>
    public const int Refused = 3;

    /// <summary>There is no such run, round, agent or checkpoint.</summary>
    public const int NotFound = 4;

    /// <summary>The server does not answer, or what answers does not prove to be it.</summary>
    public const int Unreachable = 5;

    /// <summary>The token is none, no longer good, or its role does not suffice.</summary>
    public const int NotAllowed = 6;

    /// <summary>A run that was watched has failed.</summary>
    public const int RunFailed = 7;

    /// <summary>A run that was watched was cancelled.</summary>
    public const int RunCancelled = 8;

    /// <summary>What was checked is not in order: an audit log, a checkpoint, the doctor's findings.</summary>
    public const int Unsound = 9;

    /// <summary>Stopped by the user: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;

    /// <summary>For the help.</summary>
    public const string Meaning = """
        exit codes: 0 done, 1 failure, 2 bad input, 3 refused by a rule, 4 not found, 5 server unreachable or unproven,
        6 not allowed, 7 watched run failed, 8 watched run cancelled, 9 checked and found wrong, 130 interrupted
        """;
}
