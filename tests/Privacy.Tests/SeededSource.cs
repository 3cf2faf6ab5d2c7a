namespace FedLowRank.Privacy.Tests;

/// <summary>Repeatable random bytes for tests that compare with fixed expectations.</summary>
internal sealed class SeededSource(int seed) : IRandomSource
{
    private readonly Random random = new(seed);

    public void Fill(Span<byte> buffer) => random.NextBytes(buffer);
}
