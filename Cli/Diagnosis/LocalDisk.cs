using System.Globalization;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Diagnosis;

/// <summary>Room for the server's data, where the profile lies in its folder.</summary>
internal static class LocalDisk
{
    private const long Low = 5L << 30;
    private const long Empty = 200L << 20;

    /// <summary>Null where the server's folder is not on this machine.</summary>
    public static Finding? Look(Profile profile)
    {
        if (profile.Path is null || Path.GetFileName(profile.Path) != ProfilePlaces.OwnerFile) return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(profile.Path))!;
        try
        {
            return Judge(folder, new DriveInfo(folder).AvailableFreeSpace);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("disk", FindingLevel.Warning, $"{folder} cannot be looked at: {error.Message}");
        }
    }

    /// <summary>Judges the free space below a folder.</summary>
    public static Finding Judge(string folder, long free)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{RunTexts.Bytes(free)} free at {folder}");
        return free switch
        {
            < Empty => new(
                "disk", FindingLevel.Bad, text, "make room now: the server refuses updates that it cannot store"),
            < Low => new("disk", FindingLevel.Warning, text, "make room soon"),
            _ => new("disk", FindingLevel.Good, text),
        };
    }
}
