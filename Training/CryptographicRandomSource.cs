using System.Security.Cryptography;
using FedLowRank.Privacy;

namespace FedLowRank.Training;

/// <summary>
/// Bytes of the operating system's cryptographic generator: unpredictable, without a seed, and never the same twice.
/// The only source of noise and sampling outside tests. Safe to share between threads.
/// </summary>
public sealed class CryptographicRandomSource : IRandomSource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
}
