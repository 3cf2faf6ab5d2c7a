using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>Serial number of a certificate, 128 random bits. Written as 32 lower-case hexadecimal digits.</summary>
public readonly record struct SerialNumber(UInt128 Value)
{
    private const int ByteCount = 16;

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hexadecimal digits.</exception>
    public static SerialNumber Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length != 2 * ByteCount || !text.All(char.IsAsciiHexDigitLower))
        {
            throw new FormatException(
                $"a serial number of {text.Length} characters; use {2 * ByteCount} lower-case hexadecimal digits");
        }

        return new(UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    internal static SerialNumber Random(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        random.Fill(bytes);
        return new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>The certificate's serial number; null where it has more than 128 bits and so is none of ours.</summary>
    internal static SerialNumber? Of(X509Certificate2 certificate)
    {
        var significant = certificate.SerialNumberBytes.Span.TrimStart((byte)0);
        if (significant.Length > ByteCount) return null;
        Span<byte> bytes = stackalloc byte[ByteCount];
        bytes.Clear();
        significant.CopyTo(bytes[(ByteCount - significant.Length)..]);
        return new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    internal byte[] ToBytes()
    {
        var bytes = new byte[ByteCount];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }
}
