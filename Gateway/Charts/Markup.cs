using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace FedLowRank.Gateway.Charts;

/// <summary>
/// Elements of an HTML page that is well-formed XML too. Text is escaped by construction, so no name can break out.
/// </summary>
public static class Markup
{
    /// <summary>An element. Content: attributes, elements, text, sequences of these; null is left out.</summary>
    public static XElement Element(string name, params object?[] content)
    {
        var element = new XElement(name, content);
        // HTML reads <td/> as an opening tag; an empty text makes it <td></td>.
        if (element.IsEmpty && !IsVoid(name)) element.Add("");
        return element;
    }

    /// <summary>An attribute.</summary>
    public static XAttribute At(string name, string value) => new(name, value);

    /// <summary>An attribute that holds a length or place in a drawing, to a hundredth.</summary>
    public static XAttribute At(string name, double value) => new(name, Place(value));

    /// <summary>A length or place in a drawing, to a hundredth.</summary>
    public static string Place(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text that XML may hold: what may not stand there, as control characters, becomes U+FFFD.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var allowed = rune.Value is '\t' or '\n' or (>= 0x20 and not (0xFFFE or 0xFFFF));
            clean.Append((allowed ? rune : Rune.ReplacementChar).ToString());
        }

        return clean.ToString();
    }

    /// <summary>At most so many UTF-16 units, with an ellipsis where some are left out; no pair is parted.</summary>
    public static string Shorten(string text, int unitsMax)
    {
        if (text.Length <= unitsMax) return text;
        var end = char.IsHighSurrogate(text[unitsMax - 2]) ? unitsMax - 2 : unitsMax - 1;
        return $"{text[..end].TrimEnd()}\u2026";
    }

    private static bool IsVoid(string name) =>
        name is "meta" or "br" or "path" or "line" or "circle" or "rect" or "polyline";
}
