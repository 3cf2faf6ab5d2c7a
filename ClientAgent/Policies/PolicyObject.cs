using System.Globalization;
using System.Text.Json;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>
/// One object of the policy file, read with checks. Members that nobody asked for are an error: a rule with a misspelt
/// name would otherwise protect nothing.
/// </summary>
internal sealed class PolicyObject(JsonElement element, string file, string name)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    /// <summary>Whether there is such a member, and it is not null.</summary>
    public bool Has(string member)
    {
        known.Add(member);
        return element.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null;
    }

    public string Text(string member)
    {
        var value = Value(member);
        return value is { ValueKind: JsonValueKind.String } && value.GetString() is { Length: > 0 } text
            ? text
            : throw Error(member, "must be a string that is not empty");
    }

    public string? TextOrNull(string member) => Has(member) ? Text(member) : null;

    public string Text(string member, string whenAbsent) => Has(member) ? Text(member) : whenAbsent;

    public bool Flag(string member, bool whenAbsent) => !Has(member) ? whenAbsent : Value(member).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Error(member, "must be true or false"),
    };

    public double Number(string member, double min, double max)
    {
        var value = Value(member);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) &&
            number >= min && number <= max
            ? number
            : throw Error(member, string.Create(CultureInfo.InvariantCulture, $"must be a number from {min} to {max}"));
    }

    public int Whole(string member, int min, int max)
    {
        var value = Value(member);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) &&
            number >= min && number <= max
            ? number
            : throw Error(
                member, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));
    }

    public IReadOnlyList<string> Texts(string member)
    {
        var value = Value(member);
        if (value.ValueKind != JsonValueKind.Array) throw Error(member, "must be a list");
        return
        [
            .. value.EnumerateArray().Select(item =>
                item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text
                    ? text
                    : throw Error(member, "must be a list of strings that are not empty")),
        ];
    }

    public PolicyObject Object(string member)
    {
        var value = Value(member);
        return value.ValueKind == JsonValueKind.Object
            ? new(value, file, NameOf(member))
            : throw Error(member, "must be an object");
    }

    /// <summary>To be called when all members were asked for.</summary>
    /// <exception cref="PolicyException">There is another.</exception>
    public void RequireNoOther()
    {
        foreach (var member in element.EnumerateObject().Where(member => !known.Contains(member.Name)))
        {
            throw new PolicyException(
                file, NameOf(member.Name),
                $"there is no such rule; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }
    }

    /// <summary>An error about a member that quotes its value.</summary>
    public PolicyException Error(string member, string problem)
    {
        const int QuotedMax = 60;
        var raw = element.TryGetProperty(member, out var value) ? value.GetRawText() : "missing";
        var quoted = raw.Length > QuotedMax ? raw[..QuotedMax] + "..." : raw;
        return new(file, NameOf(member), $"is {quoted}; it {problem}");
    }

    private string NameOf(string member) => name.Length == 0 ? member : $"{name}.{member}";

    private JsonElement Value(string member)
    {
        known.Add(member);
        return element.TryGetProperty(member, out var value) ? value : default;
    }
}
