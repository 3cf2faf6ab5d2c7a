using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedLowRank.Federation.Configuration;

/// <summary>
/// Reads the members of one JSON object. A fault is added to a list and a stand-in returned, so that one pass finds
/// every fault of a file; the caller looks at the list before it uses what was read.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "Integer and Object are words of the file here, not of the code.")]
public sealed class ConfigObject
{
    private readonly string path;
    private readonly List<ConfigError> errors;
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    internal ConfigObject(JsonElement element, string path, List<ConfigError> errors)
    {
        this.path = path;
        this.errors = errors;
        if (element.ValueKind != JsonValueKind.Object)
        {
            // One fault is enough: that its members are missing too goes to a list that nobody reads.
            errors.Add(new ConfigError(path, $"is {Show(element)}; expected an object"));
            this.errors = [];
            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                Fail(member.Name, "occurs twice");
            }
        }
    }

    /// <summary>Names of all members, known or not.</summary>
    public IEnumerable<string> Names => members.Keys;

    /// <summary>True where the list of faults is not empty, so that some of what was read is a stand-in.</summary>
    public bool HasFaults => errors.Count > 0;

    /// <summary>True where the member is there and is not null.</summary>
    public bool Has(string name)
    {
        known.Add(name);
        return members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>True where the member is there, be it null.</summary>
    public bool IsWritten(string name)
    {
        known.Add(name);
        return members.ContainsKey(name);
    }

    /// <summary>Adds a fault of the named member.</summary>
    public void Fail(string name, string message) => errors.Add(new ConfigError(PathOf(name), message));

    /// <summary>A text that is not empty; without NUL, which no path may hold.</summary>
    public string Text(string name, string? fallback = null)
    {
        if (!TryGet(name, fallback is not null, "a text", out var value))
        {
            return fallback ?? string.Empty;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            && !text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        Fail(name, $"is {Show(value)}; expected a text that is not empty and holds no NUL");
        return string.Empty;
    }

    /// <summary>A text that may be missing or null.</summary>
    public string? OptionalText(string name) => Has(name) ? Text(name) : null;

    /// <summary>A text out of a list.</summary>
    public string OneOf(string name, IReadOnlyCollection<string> choices, string? fallback = null)
    {
        var expected = $"one of {string.Join(", ", choices)}";
        if (!TryGet(name, fallback is not null, expected, out var value))
        {
            return fallback ?? choices.First();
        }

        if (value.ValueKind == JsonValueKind.String && choices.Contains(value.GetString(), StringComparer.Ordinal))
        {
            return value.GetString()!;
        }

        Fail(name, $"is {Show(value)}; expected {expected}");
        return choices.First();
    }

    /// <summary>A list of texts, at least one.</summary>
    public ImmutableArray<string> Texts(string name)
    {
        const string Expected = "a list of at least one text";
        if (!TryGet(name, isOptional: false, Expected, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Fail(name, $"is {Show(value)}; expected {Expected}");
            return [];
        }

        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text)
            {
                texts.Add(text);
            }
            else
            {
                Fail($"{name}[{texts.Count}]", $"is {Show(item)}; expected a text that is not empty");
                return [];
            }
        }

        return texts.ToImmutable();
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name)
    {
        if (!TryGet(name, isOptional: false, "true or false", out var value)) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fail(name, $"is {Show(value)}; expected true or false");
        return false;
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public int Integer(string name, int min, int max, int? fallback = null)
    {
        var expected = $"a whole number from {min} to {max}";
        if (!TryGet(name, fallback is not null, expected, out var value))
        {
            return fallback ?? min;
        }

        if (value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(name, $"is {Show(value)}; expected {expected}");
        return min;
    }

    /// <summary>A number within <paramref name="range"/>.</summary>
    public double Number(string name, NumberRange range, double? fallback = null)
    {
        if (!TryGet(name, fallback is not null, range.Description, out var value))
        {
            return fallback ?? range.StandIn;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && range.Contains(number))
        {
            return number;
        }

        Fail(name, $"is {Show(value)}; expected {range.Description}");
        return range.StandIn;
    }

    /// <summary>One of the names of an enumeration, written with a small first letter.</summary>
    public T Choice<T>(string name, T? fallback = null)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().Select(InJson).ToArray();
        var chosen = OneOf(name, names, fallback is { } member ? InJson(member) : null);
        return Enum.GetValues<T>()[Array.IndexOf(names, chosen)];
    }

    /// <summary>
    /// How configurations write a member of an enumeration: by the name that it bears in JSON, or in camel case.
    /// </summary>
    public static string InJson<T>(T member)
        where T : struct, Enum
    {
        var name = member.ToString();
        return typeof(T).GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
            ?? JsonNamingPolicy.CamelCase.ConvertName(name);
    }

    /// <summary>A required object; if it is missing that is one fault, and its members are none.</summary>
    public ConfigObject Object(string name) =>
        TryGet(name, isOptional: false, "an object", out var value)
            ? new ConfigObject(value, PathOf(name), errors)
            : new ConfigObject(default, PathOf(name), []);

    /// <summary>An object, or null where the member is missing or null.</summary>
    public ConfigObject? OptionalObject(string name) => Has(name) ? Object(name) : null;

    /// <summary>True where the member is an object.</summary>
    public bool IsObject(string name) => Has(name) && members[name].ValueKind == JsonValueKind.Object;

    /// <summary>True where the member is a number.</summary>
    public bool IsNumber(string name) => Has(name) && members[name].ValueKind == JsonValueKind.Number;

    /// <summary>Adds a fault for every member that nothing has asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var name in members.Keys.Where(n => !known.Contains(n)))
        {
            Fail(name, $"is no known field; expected {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }
    }

    private bool TryGet(string name, bool isOptional, string expected, out JsonElement value)
    {
        if (Has(name))
        {
            value = members[name];
            return true;
        }

        value = default;
        if (!isOptional)
        {
            Fail(name, $"is missing; expected {expected}");
        }

        return false;
    }

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Show(JsonElement value)
    {
        const int LengthMax = 60;
        var text = value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText();
        return text.Length <= LengthMax ? text : text[..LengthMax] + "...";
    }
}
