namespace FedLowRank.Cli.Verbs;

/// <summary>One thing that the doctor looked at.</summary>
/// <param name="Subject">What.</param>
/// <param name="Level">How it stands.</param>
/// <param name="Text">What was found.</param>
/// <param name="Remedy">What to do; null where nothing needs to be done.</param>
internal sealed record Finding(string Subject, FindingLevel Level, string Text, string? Remedy = null);

/// <summary>How something stands.</summary>
internal enum FindingLevel
{
    /// <summary>In order.</summary>
    Good,

    /// <summary>Works, and somebody should look.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Bad,
}
