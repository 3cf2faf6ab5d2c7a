using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy;

namespace FedLowRank.Tests;

/// <summary>Repeatable bytes, for tests only.</summary>
internal sealed class SeededRandomSource(ulong seed) : IRandomSource
{
    private readonly SeededSequence sequence = new(seed, "test bytes");

    public void Fill(Span<byte> buffer)
    {
        for (var i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(sequence.NextBits() >> 56);
        }
    }
}
