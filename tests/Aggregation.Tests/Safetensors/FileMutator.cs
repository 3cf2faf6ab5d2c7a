using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace FedLowRank.Aggregation.Tests.Safetensors;

/// <summary>
/// Breaks files in the ways that files break and that attackers break them: bytes, lengths, and the header's JSON. The
/// same seed gives the same file.
/// </summary>
internal sealed partial class FileMutator(int seed)
{
    private static readonly string[] Numbers =
    [
        "0", "1", "2", "7", "8", "-1", "-0", "1.5", "1e3", "1e999", "255", "4096", "65536", "1073741824", "2147483647",
        "2147483648", "4294967296", "4611686018427387904", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "99999999999999999999999999", "null", "true", "\"4\"", "[4]", "{}",
    ];

    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\ud800", "\\u0000", "\n", "null", "__metadata__", "\"dtype\":\"F64\"",
        "\"shape\":[1]", "\"data_offsets\":[0,0]", "base_model.model.", ".lora_A.weight", "\u00e9", "/*", "NaN",
    ];

    private static readonly string[] DTypes =
        ["F64", "F32", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL", "F8_E4M3", "f32", "", "3"];

    private readonly Random random = new(seed);

    /// <summary>A safetensors file with one or a few things wrong; some changes leave it sound.</summary>
    public byte[] MutateFile(byte[] file)
    {
        for (var left = Few(); left > 0; left--)
        {
            file = random.Next(10) switch
            {
                0 => FlipBits(file),
                1 => file[..random.Next(file.Length + 1)],
                2 => [.. file, .. new byte[random.Next(1, 100)]],
                3 => ChangeDeclaredLength(file),
                4 => ChangeValues(file),
                _ => ChangeHeader(file),
            };
        }

        return file;
    }

    /// <summary>A JSON text with one or a few things wrong; some changes leave it valid.</summary>
    public string MutateJson(string json)
    {
        for (var left = Few(); left > 0; left--)
        {
            json = random.Next(9) switch
            {
                0 or 1 => ReplaceOne(json, Number(), Pick(Numbers)),
                2 => ReplaceOne(json, DType(), $"\"{Pick(DTypes)}\""),
                3 => SwapTwo(json, Number()),
                4 => SwapTwo(json, Text()),
                5 => DuplicateOne(json, Member()),
                6 => Insert(json, Pick(Fragments)),
                7 => Insert(json, new string(Pick(["[", "{\"a\":", "9", " ", "a"])[0], random.Next(1, 5000))),
                _ => Remove(json),
            };
        }

        return json;
    }

    [GeneratedRegex(@"-?\d+", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    [GeneratedRegex("\"(F64|F32|F16|BF16|I64)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DType();

    [GeneratedRegex("\"[^\"]*\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Text();

    [GeneratedRegex(
        "\"[^\"]*\":(\\{[^}]*\\}|\\[[^\\]]*\\]|\"[^\"]*\"),",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Member();

    /// <summary>Mostly one: a second change often hides behind the first.</summary>
    private int Few() => random.Next(3) == 0 ? random.Next(2, 5) : 1;

    private byte[] ChangeHeader(byte[] file)
    {
        var length = file.Length < 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length == 0 || length > (ulong)(file.Length - 8))
        {
            return file;
        }

        var json = Encoding.UTF8.GetBytes(MutateJson(Encoding.UTF8.GetString(file, 8, (int)length)));
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        return [.. prefix, .. json, .. file[(8 + (int)length)..]];
    }

    private byte[] ChangeDeclaredLength(byte[] file)
    {
        if (file.Length < 8)
        {
            return file;
        }

        var changed = (byte[])file.Clone();
        var old = BinaryPrimitives.ReadUInt64LittleEndian(file);
        BinaryPrimitives.WriteUInt64LittleEndian(
            changed,
            random.Next(6) switch
            {
                0 => (ulong)random.NextInt64(),
                1 => 100_000_000,
                2 => ulong.MaxValue,
                3 => 0,
                _ => old + (ulong)random.Next(-16, 17),
            });
        return changed;
    }

    private byte[] FlipBits(byte[] file)
    {
        var changed = (byte[])file.Clone();
        for (var left = changed.Length == 0 ? 0 : random.Next(1, 9); left > 0; left--)
        {
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        }

        return changed;
    }

    /// <summary>All bits set is not finite in any float type.</summary>
    private byte[] ChangeValues(byte[] file)
    {
        var changed = (byte[])file.Clone();
        var start = random.Next(changed.Length + 1);
        changed.AsSpan(start, Math.Min(8, changed.Length - start)).Fill(0xFF);
        return changed;
    }

    private string ReplaceOne(string json, Regex what, string with)
    {
        var match = PickMatch(json, what);
        return match is null ? json : json.Remove(match.Index, match.Length).Insert(match.Index, with);
    }

    private string DuplicateOne(string json, Regex what)
    {
        var match = PickMatch(json, what);
        return match is null ? json : json.Insert(match.Index, match.Value);
    }

    private string SwapTwo(string json, Regex what)
    {
        var (one, two) = (PickMatch(json, what), PickMatch(json, what));
        if (one is null || two is null || one.Index == two.Index)
        {
            return json;
        }

        var (first, second) = one.Index < two.Index ? (one, two) : (two, one);

        // The later one first, so that the earlier one's place stays.
        return json.Remove(second.Index, second.Length).Insert(second.Index, first.Value)
            .Remove(first.Index, first.Length).Insert(first.Index, second.Value);
    }

    private string Insert(string json, string what) => json.Insert(random.Next(json.Length + 1), what);

    private string Remove(string json)
    {
        var start = random.Next(json.Length + 1);
        return json.Remove(start, random.Next(Math.Min(40, json.Length - start) + 1));
    }

    private Match? PickMatch(string json, Regex what)
    {
        var matches = what.Matches(json);
        return matches.Count == 0 ? null : matches[random.Next(matches.Count)];
    }

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
