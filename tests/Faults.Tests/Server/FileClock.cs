using System.Globalization;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>
/// The machine's clock, set off by the number of seconds that stands in a file, so that a test can let it jump. Timers
/// and durations are the machine's, as with a real clock that somebody sets.
/// </summary>
internal sealed class FileClock(string path) : TimeProvider
{
    public const string Variable = "FEDLOWRANK_CLOCK";

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset();

    /// <summary>Sets the offset, whole or not at all.</summary>
    public static void Set(string path, TimeSpan offset)
    {
        File.WriteAllText(path + ".new", offset.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        File.Move(path + ".new", path, overwrite: true);
    }

    private TimeSpan Offset() => File.Exists(path) &&
        double.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var seconds)
        ? TimeSpan.FromSeconds(seconds)
        : TimeSpan.Zero;
}
