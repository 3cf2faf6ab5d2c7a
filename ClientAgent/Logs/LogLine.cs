namespace FedLowRank.ClientAgent.Logs;

/// <summary>A line of the log as the server may see it.</summary>
/// <param name="At">When.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Shared">See <see cref="LogText.Shared"/>.</param>
internal sealed record LogLine(DateTimeOffset At, LineLevel Level, string Shared)
{
    /// <summary>As it is sent.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z {LevelName} {Shared}");

    private string LevelName => Level switch
    {
        LineLevel.Info => "info",
        LineLevel.Warning => "warning",
        _ => "error",
    };
}
