using System.Runtime.InteropServices;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// Unmanaged floats on a 64-byte boundary, zero at first. Grows on demand; its old content is then lost.
/// </summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    private const int AlignmentBytes = 64;

    private float* pointer;

    public AlignedBuffer(long count = 0) => Reserve(count);

#pragma warning disable MA0055 // The memory is unmanaged and has no other owner.
    ~AlignedBuffer() => Free();
#pragma warning restore MA0055

    /// <summary>Capacity in floats.</summary>
    public long Count { get; private set; }

    public float* Pointer => pointer;

    /// <summary>Makes room for at least <paramref name="count"/> floats and returns where they begin.</summary>
    public float* Reserve(long count)
    {
        if (count > Count)
        {
            Free();
            var bytes = checked((nuint)count * sizeof(float));
            pointer = (float*)NativeMemory.AlignedAlloc(bytes, AlignmentBytes);
            NativeMemory.Clear(pointer, bytes);
            Count = count;
        }

        return pointer;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(pointer);
        pointer = null;
        Count = 0;
    }
}
