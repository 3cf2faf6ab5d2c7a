namespace FedLowRank.Cli.Commands;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something went wrong that the input is not to blame for.</summary>
    public const int Failure = 1;

    /// <summary>The command line, a configuration or an input file cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by the user: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;
}
