using System.Buffers.Binary;
using System.Globalization;

namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>SHA-256 of a stored blob, 32 bytes. Written as 64 lower-case hexadecimal digits.</summary>
/// <param name="High">The first 16 bytes, big-endian.</param>
/// <param name="Low">The last 16 bytes, big-endian.</param>
public readonly record struct BlobHash(UInt128 High, UInt128 Low)
{
    private const int DigitCount = 64;

    /// <summary>Takes a digest of 32 bytes.</summary>
    /// <exception cref="ArgumentException">The digest is not 32 bytes.</exception>
    public static BlobHash Of(ReadOnlySpan<byte> digest)
    {
        if (digest.Length != 32) throw new ArgumentException($"{digest.Length} bytes; SHA-256 has 32", nameof(digest));
        return new(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));
    }

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    /// <exception cref="FormatException">Not 64 lower-case hexadecimal digits.</exception>
    public static BlobHash Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length != DigitCount || !text.All(char.IsAsciiHexDigitLower))
        {
            throw new FormatException(
                $"a hash of {text.Length} characters; use {DigitCount} lower-case hexadecimal digits");
        }

        return new(Half(text.AsSpan(0, 32)), Half(text.AsSpan(32)));
    }

    /// <summary>Orders as the bytes do: below, at or above 0.</summary>
    public static int Compare(BlobHash left, BlobHash right) =>
        left.High == right.High ? left.Low.CompareTo(right.Low) : left.High.CompareTo(right.High);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x32}{Low:x32}");

    private static UInt128 Half(ReadOnlySpan<char> digits) =>
        UInt128.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
