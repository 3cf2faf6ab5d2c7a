using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>The disk of the server's blobs, which is full while a file is there.</summary>
internal static class FullDisk
{
    public const string Variable = "FEDLOWRANK_DISK_FULL";

    private static readonly string? Sign = Environment.GetEnvironmentVariable(Variable);

    /// <summary>Printed whenever something finds no room.</summary>
    public const string NoRoom = "no room";

    public static void RequireRoom()
    {
        if (Sign is null || !File.Exists(Sign)) return;
        Console.Out.WriteLine(NoRoom);
        throw new BlobException(BlobError.DiskFull, "the disk is full");
    }
}
