using System.Text.Json;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>
/// A union whose case is not named. The serializer calls that not supported, as if the program were at fault; but it is
/// the text that is.
/// </summary>
public static class UnionFault
{
    private const string BeforePath = " Path: ";

    /// <summary>Whether the serializer threw this over a text; so it does where a case's name is missing.</summary>
    public static bool IsIt(NotSupportedException error) =>
        error.Source == "System.Text.Json" && error.Message.Contains(BeforePath, StringComparison.Ordinal);

    /// <summary>The fault as one of the text, with its place in it.</summary>
    public static JsonException Of(NotSupportedException error)
    {
        var begin = error.Message.IndexOf(BeforePath, StringComparison.Ordinal);
        var path = begin < 0 ? "$" : error.Message[(begin + BeforePath.Length)..].Split(" |")[0];
        return new JsonException(
            $"{path}: the first member must be 'type', which names the case", path, lineNumber: null,
            bytePositionInLine: null, error);
    }
}
