using System.Security.Cryptography;

namespace FedLowRank.Privacy.Tests;

/// <summary>The operating system's cryptographic generator, as in production.</summary>
internal sealed class SystemSource : IRandomSource
{
    public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
}
