namespace FedLowRank.Silo.Commands;

/// <summary>How the program ends. The numbers are stable and those of <c>fedlowrank</c>.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something went wrong that the input is not to blame for; a later start may succeed.</summary>
    public const int Failure = 1;

    /// <summary>
    /// The command line, the configuration, a file or the state of the database that they name cannot be used; a later
    /// start would end likewise.
    /// </summary>
    public const int BadInput = 2;

    /// <summary>What was checked is not in order.</summary>
    public const int Unsound = 9;

    /// <summary>Stopped by the user: 128 + SIGINT, as shells have it. <c>run</c> ends with 0 instead.</summary>
    public const int Cancelled = 130;

    /// <summary>For the help.</summary>
    public const string Meaning =
        "exit codes: 0 done, 1 failure, 2 bad input, 9 checked and found wrong, 130 interrupted";
}
