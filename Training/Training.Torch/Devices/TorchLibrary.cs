using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace FedLowRank.Training.Torch.Devices;

/// <summary>The native library: whether it loads, what is in it, and its true version.</summary>
public static class TorchLibrary
{
    /// <summary>The CUDA that libtorch is built with in TorchSharp's package for it.</summary>
    public const string CudaVersion = "12.8";

    private static readonly Assembly Binding = typeof(torch).Assembly;

    private delegate ulong ReadVersion();

    /// <summary>Of TorchSharp.</summary>
    public static string BindingVersion =>
        (Binding.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? Binding.GetName().Version?.ToString() ?? "unknown").Split('+')[0];

    /// <summary>The version of libtorch that TorchSharp was compiled for.</summary>
    public static string BindingWants => string.Join('.', torch.__version__.Split('.').Take(3));

    /// <summary>Whether this build has the part of libtorch for GPUs.</summary>
    public static bool HasCuda => NativeLibrary.TryLoad("torch_cuda", Binding, searchPath: null, out _);

    /// <summary>
    /// Of libtorch, as the library itself says: TorchSharp's constant is the version that it was compiled for. The
    /// highest three bytes of the number are the parts of the version (torch/headeronly/version.h).
    /// </summary>
    /// <exception cref="EngineException">The library cannot be loaded.</exception>
    public static string Version
    {
        get
        {
            Load();
            var library = NativeLibrary.Load("torch_cpu", Binding, searchPath: null);
            if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var address)) return "unknown";
            var version = Marshal.GetDelegateForFunctionPointer<ReadVersion>(address)();
            return FormattableString.Invariant($"{version >> 56}.{(version >> 48) & 255}.{(version >> 40) & 255}");
        }
    }

    /// <summary>
    /// Loads libtorch. Where that fails, TorchSharp would search the package cache and print what it tried; people are
    /// told what to do instead.
    /// </summary>
    /// <exception cref="EngineException">The library, or one that it needs, cannot be loaded.</exception>
    public static void Load()
    {
        try
        {
            if (!HasCuda) NativeLibrary.Load("torch_cpu", Binding, searchPath: null);
            NativeLibrary.Load("LibTorchSharp", Binding, searchPath: null);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw LoadFailure.Explain(error);
        }
    }
}
