using System.Globalization;

namespace FedLowRank.Training.Torch.Devices;

/// <summary>Memory that this process may have, within the limit of its container if it lives in one.</summary>
internal static class HostMemory
{
    private const string Available = "MemAvailable:";
    private const string Statistics = "/proc/meminfo";

    public static DeviceMemory Now()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var unused = Math.Max(0, total - Environment.WorkingSet);
        return new(total, AvailableBytes() is { } free ? Math.Min(free, unused) : unused);
    }

    /// <summary>What the system could give without swapping; null where it does not tell.</summary>
    private static long? AvailableBytes()
    {
        if (!File.Exists(Statistics)) return null;
        var line = File.ReadLines(Statistics).FirstOrDefault(l => l.StartsWith(Available, StringComparison.Ordinal));
        return line is not null && line.EndsWith(" kB", StringComparison.Ordinal)
            && long.TryParse(
                line.AsSpan(Available.Length, line.Length - Available.Length - 3), NumberStyles.AllowLeadingWhite,
                CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes << 10
            : null;
    }
}
