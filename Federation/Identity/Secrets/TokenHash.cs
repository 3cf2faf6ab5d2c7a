using System.Buffers.Binary;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Secrets;

/// <summary>SHA-256 of a secret token; compared in constant time.</summary>
/// <remarks>
/// A slow, salted hash protects what people choose, because it can be guessed. A token is 256 random bits: nobody can
/// try them all, two are never equal, and one pass of SHA-256 is as good.
/// </remarks>
public readonly record struct TokenHash(BlobHash Digest)
{
    /// <inheritdoc/>
    public bool Equals(TokenHash other)
    {
        Span<byte> left = stackalloc byte[32];
        Span<byte> right = stackalloc byte[32];
        Write(Digest, left);
        Write(other.Digest, right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => Digest.ToString();

    private static void Write(BlobHash hash, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt128BigEndian(target, hash.High);
        BinaryPrimitives.WriteUInt128BigEndian(target[16..], hash.Low);
    }
}
