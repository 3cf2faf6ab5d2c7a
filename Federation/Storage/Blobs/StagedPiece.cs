using System.Globalization;
using System.Text;

namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>
/// How a piece of an upload is named where the storage takes pieces in any order (blocks of Azure): by its place, so
/// that nothing else need be kept of how far an upload is.
/// </summary>
public static class StagedPiece
{
    /// <summary>The name of the piece that begins at <paramref name="offset"/>; all have the same length.</summary>
    public static string NameAt(long offset) => Convert.ToBase64String(
        Encoding.ASCII.GetBytes(offset.ToString("x16", CultureInfo.InvariantCulture)));

    /// <summary>Where the piece of this name begins; null where no piece is named so.</summary>
    public static long? OffsetOf(string name)
    {
        Span<byte> text = stackalloc byte[16];
        return Convert.TryFromBase64String(name, text, out var length) && length == text.Length &&
            long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset) &&
            offset >= 0
            ? offset
            : null;
    }
}
