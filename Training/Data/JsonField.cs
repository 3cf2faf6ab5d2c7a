using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace FedLowRank.Training.Data;

/// <summary>
/// One field of a JSON file that somebody else wrote, read with checks. Every refusal is an
/// <see cref="InputFileException"/> with the field's full name, its value and what is allowed.
/// </summary>
internal readonly struct JsonField
{
    private readonly JsonElement element;
    private readonly string file;

    private JsonField(JsonElement element, string file, string name)
    {
        this.element = element;
        this.file = file;
        Name = name;
    }

    /// <summary>Full name, for example <c>model.vocab</c>; empty for the whole file.</summary>
    public string Name { get; }

    /// <summary>True where the field is absent or null.</summary>
    public bool IsNull => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>True for a JSON string.</summary>
    public bool IsText => element.ValueKind == JsonValueKind.String;

    /// <summary>The member of this object with the given name; a null field where there is none.</summary>
    public JsonField this[string member]
    {
        get
        {
            JsonElement value = default;
            if (!IsNull) Expect(JsonValueKind.Object, "an object").TryGetProperty(member, out value);
            return new JsonField(value, file, Name.Length == 0 ? member : $"{Name}.{member}");
        }
    }

    /// <summary>Reads a whole file as one JSON object.</summary>
    /// <exception cref="InputFileException">The file is missing, too large, or not a JSON object.</exception>
    public static JsonField ReadFile(string path, long bytesMax)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > bytesMax)
                throw new InputFileException(path, "", $"{stream.Length} bytes are too many; at most {bytesMax}");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Parse(bytes, path);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputFileException(path, "", $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Parses one JSON object; <paramref name="file"/> is only for messages.</summary>
    /// <exception cref="InputFileException">
    /// Not UTF-8, not a JSON object, or a name occurs twice in an object.
    /// </exception>
    public static JsonField Parse(ReadOnlySpan<byte> json, string file)
    {
        if (!Utf8.IsValid(json)) throw new InputFileException(file, "", "is not UTF-8");
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            var root = new JsonField(JsonElement.Parse(json, options), file, "");
            root.Expect(JsonValueKind.Object, "an object");
            return root;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputFileException(file, "", $"is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The string.</summary>
    public string Text()
    {
        try
        {
            return Expect(JsonValueKind.String, "a string").GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputFileException(file, Name, "holds half of a surrogate pair", e);
        }
    }

    /// <summary>A whole number between the limits, both included.</summary>
    public int Integer(int min, int max)
    {
        Expect(JsonValueKind.Number, "a whole number");
        return element.TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));
    }

    /// <summary>As <see cref="Integer(int, int)"/>, with a value for an absent field.</summary>
    public int Integer(int min, int max, int whenAbsent) => IsNull ? whenAbsent : Integer(min, max);

    /// <summary>A number that is, as F32, above 0 and below the limit, with a value for an absent field.</summary>
    public float PositiveSingle(float below, float whenAbsent)
    {
        if (IsNull) return whenAbsent;
        Expect(JsonValueKind.Number, "a number");
        return element.TryGetSingle(out var value) && value > 0 && value < below
            ? value
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"must be above 0 and below {below}"));
    }

    /// <summary>True or false; <paramref name="whenAbsent"/> for an absent field.</summary>
    public bool Flag(bool whenAbsent)
    {
        if (IsNull) return whenAbsent;
        return element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Error("must be true or false"),
        };
    }

    /// <summary>The members of this object, in the file's order.</summary>
    public IEnumerable<KeyValuePair<string, JsonField>> Members()
    {
        foreach (var member in Expect(JsonValueKind.Object, "an object").EnumerateObject())
        {
            var name = NameOf(member);
            yield return new(name, new JsonField(member.Value, file, $"{Name}[\"{name}\"]"));
        }
    }

    /// <summary>The items of this array.</summary>
    public IEnumerable<JsonField> Items()
    {
        var index = 0;
        foreach (var item in Expect(JsonValueKind.Array, "an array").EnumerateArray())
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{Name}[{index++}]");
            yield return new JsonField(item, file, name);
        }
    }

    /// <summary>An error about this field that quotes its value.</summary>
    public InputFileException Error(string problem)
    {
        if (element.ValueKind == JsonValueKind.Undefined) return new(file, Name, $"is missing; {problem}");
        const int quoteMax = 60;
        var raw = element.GetRawText();
        return new(file, Name, $"{(raw.Length > quoteMax ? raw[..quoteMax] + "..." : raw)} {problem}");
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new InputFileException(file, Name, "a member's name holds half of a surrogate pair", e);
        }
    }

    private JsonElement Expect(JsonValueKind kind, string what) =>
        element.ValueKind == kind ? element : throw Error($"must be {what}");
}
