using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>A form as the run file that <c>fedlowrank runs create</c> takes.</summary>
internal static class RunFile
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// The file, UTF-8. Nothing is judged: a number that is none is written as the text that it is, so that the reader
    /// of run files says what is wrong with it.
    /// </summary>
    public static byte[] Write(DraftValues values)
    {
        var root = new JsonObject();
        var isPrivate = values[DraftFields.Privacy] != DraftFields.NotPrivate;
        foreach (var field in DraftFields.All.Where(field => field.IsInFile))
        {
            if (field.Name.StartsWith("privacy.", StringComparison.Ordinal) && !isPrivate) root["privacy"] = null;
            else if (NodeOf(field, values) is { } node) Put(root, field.Name.Split('.'), node);
        }

        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content, Indented)) root.WriteTo(writer);
        return content.ToArray();
    }

    private static JsonNode? NodeOf(DraftField field, DraftValues values) => (values[field.Name], field.Kind) switch
    {
        ("", _) => field.IsAlwaysWritten ? "" : null,
        (_, FieldKind.Flag) => true,
        (_, FieldKind.Lines) => new JsonArray([.. values.Lines(field.Name).Select(line => (JsonNode)line)]),
        (var text, FieldKind.Number or FieldKind.NumberOrWord) => (JsonNode?)NumberOf(text) ?? text,
        (var text, _) => text,
    };

    private static JsonValue? NumberOf(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonValue value && value.GetValueKind() == JsonValueKind.Number
                ? value
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Put(JsonObject root, ReadOnlySpan<string> path, JsonNode node)
    {
        var at = root;
        foreach (var part in path[..^1])
        {
            if (at[part] is not JsonObject next) at[part] = next = [];
            at = next;
        }

        at[path[^1]] = node;
    }
}
