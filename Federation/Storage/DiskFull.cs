namespace FedLowRank.Federation.Storage;

/// <summary>Tells a full disk, or a quota that is used up, from other faults of a disk.</summary>
public static class DiskFull
{
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;
    private const int WindowsFull = unchecked((int)0x80070070);
    private const int WindowsHandleFull = unchecked((int)0x80070027);

    /// <summary>Whether that is what went wrong.</summary>
    public static bool Is(IOException error) => error.HResult is WindowsFull or WindowsHandleFull ||
        (!OperatingSystem.IsWindows() && (error.HResult is NoSpace || error.HResult == Quota));

    private static int Quota => OperatingSystem.IsMacOS() ? MacQuota : LinuxQuota;
}
