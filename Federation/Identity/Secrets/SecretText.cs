using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace FedLowRank.Federation.Identity.Secrets;

/// <summary>
/// Secrets as one word that people copy: a prefix that names kind and version, then base64url of the content and four
/// bytes of its SHA-256, so that a typing error is told from a refusal.
/// </summary>
internal static class SecretText
{
    /// <summary>How every such word begins.</summary>
    public const string Family = "fedlowrank_";

    private const int CheckBytes = 4;

    public static string Encode(string prefix, ReadOnlySpan<byte> content)
    {
        Span<byte> whole = [.. content, .. SHA256.HashData(content).AsSpan(0, CheckBytes)];
        return prefix + Base64Url.EncodeToString(whole);
    }

    /// <summary>The content; false where characters are missing, too many or changed.</summary>
    public static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        if (!Base64Url.IsValid(encoded, out var length) || length <= CheckBytes) return false;
        var whole = Base64Url.DecodeFromChars(encoded);
        var found = whole.AsSpan(..^CheckBytes);
        if (!SHA256.HashData(found).AsSpan(0, CheckBytes).SequenceEqual(whole.AsSpan(^CheckBytes..))) return false;
        content = found.ToArray();
        return true;
    }

    /// <summary>A word without the white space that copying put in.</summary>
    public static string Unwrap(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));
}
