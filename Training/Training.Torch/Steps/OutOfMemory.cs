using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.Training.Torch.Steps;

/// <summary>
/// Tells from libtorch's message that memory ran out; TorchSharp has one exception type for every failure.
/// </summary>
internal static partial class OutOfMemory
{
    private static readonly string[] Signs =
    [
        // The CUDA allocator, and the driver when it cannot make even a context or a module.
        "CUDA out of memory", "out of memory",
        // libtorch's CPU allocator, on Linux and on Windows.
        "DefaultCPUAllocator: can't allocate memory", "DefaultCPUAllocator: not enough memory",
        // Work space of CUDA's libraries.
        "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "CUSOLVER_STATUS_ALLOC_FAILED",
    ];

    public static bool Is(Exception error) =>
        error is ExternalException
        && Signs.Any(sign => error.Message.Contains(sign, StringComparison.OrdinalIgnoreCase));

    /// <summary>How much was asked for when it failed, as libtorch writes it; null where it does not say.</summary>
    public static string? Wanted(Exception error) =>
        Allocation().Match(error.Message) is { Success: true } match
            ? match.Groups["bytes"].Success
                ? Readable(long.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture))
                : match.Groups["size"].Value
            : null;

    /// <summary>
    /// What is free, for people. A device that has just failed may not tell: that must not hide what failed.
    /// </summary>
    public static string FreeOf(TorchDevice device) => Free(device.Memory);

    /// <inheritdoc cref="FreeOf"/>
    internal static string Free(Func<DeviceMemory> memory)
    {
        try
        {
            return $"{Readable(memory().FreeBytes)} are free";
        }
        catch (Exception error)
        {
            return $"how much is free is not known: {error.Message}";
        }
    }

    /// <summary>Bytes for people.</summary>
    public static string Readable(long bytes) => bytes < 1 << 20
        ? FormattableString.Invariant($"{bytes} bytes")
        : bytes < 1 << 30
            ? FormattableString.Invariant($"{bytes / (double)(1 << 20):f0} MiB")
            : FormattableString.Invariant($"{bytes / (double)(1 << 30):f1} GiB");

    [GeneratedRegex(
        @"tried to allocate (?:(?<bytes>\d{1,18}) bytes|(?<size>[\d.]+ [KMGT]iB))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Allocation();
}
