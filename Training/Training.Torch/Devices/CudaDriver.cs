using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FedLowRank.Training.Torch.Devices;

/// <summary>
/// What NVIDIA's driver says of its devices. TorchSharp does not tell names and memory; the driver's own interface
/// does, counts the devices as libtorch does (CUDA_VISIBLE_DEVICES included), and its functions have been the same
/// since CUDA 4.
/// </summary>
internal static class CudaDriver
{
    private const string KernelModule = "/proc/driver/nvidia/version";

    /// <summary>Why there is no driver to ask; null where there is.</summary>
    public static string? Problem()
    {
        try
        {
            var code = Native.Initialize(0);
            return code == 0 ? null : FormattableString.Invariant(
                $"NVIDIA's driver cannot be used: cuInit ends with error {code}");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return $"there is no driver of NVIDIA: {Native.Library} cannot be loaded";
        }
    }

    /// <summary>The newest CUDA that the driver serves, for example <c>12.8</c>.</summary>
    public static string CudaVersion()
    {
        Require(Native.DriverVersion(out var version));
        return FormattableString.Invariant($"{version / 1000}.{version % 1000 / 10}");
    }

    /// <summary>The driver's own version, for example <c>570.86.15</c>; null where the system does not tell.</summary>
    public static string? Version() => File.Exists(KernelModule) ? VersionIn(File.ReadAllText(KernelModule)) : null;

    /// <summary>The first word of numbers and dots in what the kernel's module says.</summary>
    internal static string? VersionIn(string text) => text
        .Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .FirstOrDefault(word => word.Contains('.', StringComparison.Ordinal)
            && word.Split('.').All(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)));

    /// <summary>For example <c>NVIDIA A100-SXM4-40GB</c>.</summary>
    public static string NameOf(int index)
    {
        var name = new byte[256];
        Require(Native.DeviceName(name, name.Length, Device(index)));
        var end = Array.IndexOf(name, (byte)0);
        return Encoding.UTF8.GetString(name, 0, end < 0 ? name.Length : end);
    }

    /// <summary>
    /// All memory of a device and what is free of it. The device's primary context is libtorch's, too; it stays with
    /// the process.
    /// </summary>
    public static DeviceMemory Memory(int index)
    {
        Require(Native.RetainPrimaryContext(out var context, Device(index)));
        try
        {
            Require(Native.PushContext(context));
            try
            {
                Require(Native.MemoryInfo(out var free, out var total));
                return new((long)total, (long)free);
            }
            finally
            {
                Require(Native.PopContext(out _));
            }
        }
        finally
        {
            Require(Native.ReleasePrimaryContext(Device(index)));
        }
    }

    private static int Device(int index)
    {
        Require(Native.Initialize(0));
        Require(Native.Device(out var device, index));
        return device;
    }

    private static void Require(int code)
    {
        if (code != 0)
        {
            throw new EngineException(
                FormattableString.Invariant($"NVIDIA's driver answers with error {code}"),
                "see 'nvidia-smi': another process may hold the device alone, or all of its memory");
        }
    }

    private static class Native
    {
        public const string Library = "libcuda.so.1";

        [DllImport(Library, EntryPoint = "cuInit")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Initialize(uint flags);

        [DllImport(Library, EntryPoint = "cuDriverGetVersion")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int DriverVersion(out int version);

        [DllImport(Library, EntryPoint = "cuDeviceGet")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Device(out int device, int ordinal);

        [DllImport(Library, EntryPoint = "cuDeviceGetName")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int DeviceName([Out] byte[] name, int length, int device);

        [DllImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int RetainPrimaryContext(out nint context, int device);

        [DllImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int ReleasePrimaryContext(int device);

        [DllImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int PushContext(nint context);

        [DllImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int PopContext(out nint context);

        [DllImport(Library, EntryPoint = "cuMemGetInfo_v2")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int MemoryInfo(out nuint free, out nuint total);
    }
}
