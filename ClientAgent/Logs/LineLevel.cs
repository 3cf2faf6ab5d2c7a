namespace FedLowRank.ClientAgent.Logs;

/// <summary>How much a line of the log matters.</summary>
internal enum LineLevel
{
    /// <summary>Something went as it should.</summary>
    Info,

    /// <summary>Something went wrong that mends itself, or harms nothing.</summary>
    Warning,

    /// <summary>Somebody should look.</summary>
    Error,
}
