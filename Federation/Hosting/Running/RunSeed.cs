using System.Buffers.Binary;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>The seed of a new run.</summary>
internal static class RunSeed
{
    /// <summary>A fresh one.</summary>
    public static ulong New(IRandomSource random)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        random.Fill(seed);
        return BinaryPrimitives.ReadUInt64LittleEndian(seed);
    }
}
