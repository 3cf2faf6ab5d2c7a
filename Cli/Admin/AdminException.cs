namespace FedLowRank.Cli.Admin;

/// <summary>What was asked of the server cannot be had.</summary>
/// <param name="code">Stable, for programs.</param>
/// <param name="message">One sentence for people; may go on with what to do.</param>
/// <param name="exitCode">One of <see cref="Commands.ExitCode"/>.</param>
/// <param name="inner">What it came from.</param>
internal sealed class AdminException(string code, string message, int exitCode, Exception? inner = null)
    : Exception(message, inner)
{
    public string Code => code;

    public int ExitCode => exitCode;

    public static AdminException BadInput(string code, string message, Exception? inner = null) =>
        new(code, message, Commands.ExitCode.BadInput, inner);

    public static AdminException Unreachable(string code, string message, Exception? inner = null) =>
        new(code, message, Commands.ExitCode.Unreachable, inner);

    public static AdminException NotFound(string message) => new("not-found", message, Commands.ExitCode.NotFound);

    public static AdminException Unsound(string code, string message, Exception? inner = null) =>
        new(code, message, Commands.ExitCode.Unsound, inner);
}
