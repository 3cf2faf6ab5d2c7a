namespace FedLowRank.ClientAgent.Doctor;

/// <summary>One line of the doctor's.</summary>
/// <param name="Check">What was looked at, in one word.</param>
/// <param name="Level">How it is.</param>
/// <param name="Message">What was found.</param>
/// <param name="Advice">What to do about it; null where there is nothing to do.</param>
public sealed record Finding(string Check, FindingLevel Level, string Message, string? Advice = null)
{
    /// <summary>All is well.</summary>
    public static Finding Ok(string check, string message) => new(check, FindingLevel.Ok, message);

    /// <summary>The agent works, but somebody should know.</summary>
    public static Finding Warn(string check, string message, string advice) =>
        new(check, FindingLevel.Warn, message, advice);

    /// <summary>This keeps the agent from training.</summary>
    public static Finding Fail(string check, string message, string advice) =>
        new(check, FindingLevel.Fail, message, advice);
}
