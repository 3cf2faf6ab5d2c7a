namespace FedLowRank.Training.Torch.Devices;

/// <summary>What the loader's words mean, and what to do about them.</summary>
internal static class LoadFailure
{
    private const string Rebuild =
        "build or publish ClientAgent/ClientAgent.Torch anew with -p:Torch=cpu or -p:Torch=cuda for this system";

    /// <summary>The loader's reason in one line, with advice.</summary>
    public static EngineException Explain(Exception error)
    {
        var reason = ReasonIn(error.Message);
        return new($"libtorch cannot be loaded: {reason}", AdviceFor(reason), error);
    }

    /// <summary>
    /// The loader lists every place where it looked; where a file was there and did not load, its line has the reason.
    /// </summary>
    private static string ReasonIn(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(IsReason) ?? lines.FirstOrDefault() ?? "no reason is given";
    }

    private static bool IsReason(string line) =>
        IsOldLibrary(line) || IsDamaged(line)
        || (line.Contains("cannot open shared object file", StringComparison.Ordinal)
            && !line.StartsWith('/') && !line.Contains("orch", StringComparison.OrdinalIgnoreCase));

    private static string AdviceFor(string reason) =>
        IsOldLibrary(reason)
            ? "the system's C or C++ library is older than the native library asks for: start the program from the "
                + "output of a build or publish of ClientAgent/ClientAgent.Torch, which makes the demand weak, or use "
                + "a system with libstdc++ of GCC 13, such as Debian 13 or Ubuntu 24.04"
            : IsDamaged(reason)
                ? $"the file is damaged or for another processor: {Rebuild}"
                : IsReason(reason)
                    ? "install the library that is named with the system's package manager"
                    : $"the native package is not beside the program: {Rebuild}";

    private static bool IsOldLibrary(string line) =>
        line.Contains("' not found (required by", StringComparison.Ordinal);

    private static bool IsDamaged(string line) =>
        line.Contains("invalid ELF header", StringComparison.Ordinal)
        || line.Contains("file too short", StringComparison.Ordinal)
        || line.Contains("wrong ELF class", StringComparison.Ordinal);
}
