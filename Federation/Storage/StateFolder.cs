using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FedLowRank.Federation.Storage;

/// <summary>
/// Folders of the server or of an agent: readable by its user alone, and as durable as what lies in them.
/// </summary>
public static class StateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder where it is missing.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    /// <summary>
    /// Makes durable which names the folder holds. Windows' file system journals them by itself and has no call for it.
    /// </summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Native.Open(path, Native.ReadOnly);
        if (handle < 0) throw Failed("opened", path);
        try
        {
            if (Native.Fsync(handle) != 0) throw Failed("synced", path);
        }
        finally
        {
            _ = Native.Close(handle);
        }
    }

    private static IOException Failed(string what, string path)
    {
        var code = Marshal.GetLastPInvokeError();
        return new($"the folder '{path}' cannot be {what}: {new Win32Exception(code).Message}", code);
    }

    private static class Native
    {
        public const int ReadOnly = 0;

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int handle);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int handle);
    }
}
