using System.Globalization;
using System.Text;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// Tokens for single bytes, written <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, that stand for characters without a
/// token of their own.
/// </summary>
internal static class ByteFallback
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The token of a byte.</summary>
    public static string Name(byte value) => $"<0x{value:X2}>";

    /// <summary>
    /// Turns every run of byte tokens into the text that it encodes; where it is not UTF-8, into as many U+FFFD as it
    /// has bytes, as Hugging Face's tokenizers do.
    /// </summary>
    public static IEnumerable<string> Decode(IEnumerable<string> tokens)
    {
        var run = new List<byte>();
        foreach (var token in tokens)
        {
            if (TryParse(token) is { } value)
            {
                run.Add(value);
                continue;
            }
            if (run.Count > 0) yield return Text(run);
            run.Clear();
            yield return token;
        }
        if (run.Count > 0) yield return Text(run);
    }

    private static byte? TryParse(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(
            token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private static string Text(List<byte> bytes)
    {
        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return new string('\uFFFD', bytes.Count);
        }
    }
}
