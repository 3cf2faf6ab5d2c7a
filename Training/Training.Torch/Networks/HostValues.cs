using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Values that come from .NET. A tensor that TorchSharp makes of an array lies in the array, pinned, at whatever
/// address that has, and matrix products give other bits at other alignments: what stays must lie in libtorch's own
/// memory.
/// </summary>
internal static class HostValues
{
    /// <summary>The values of an F32 tensor in main memory that lies in one piece, to be read or written.</summary>
    public static Span<float> Of(Tensor host)
    {
        // A span of all bytes would end at 2^31 of them.
        using var scope = NewDisposeScope();
        var first = host.view(-1).narrow(0, 0, Math.Min(1, host.numel()));
        return first.numel() == 0
            ? []
            : MemoryMarshal.CreateSpan(
                ref MemoryMarshal.AsRef<float>(first.bytes), checked((int)host.numel()));
    }

    /// <summary>A copy in libtorch's memory that outlives the dispose scope.</summary>
    public static Tensor Keep(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.clone().DetachFromDisposeScope();
    }
}
