using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// Parses a header token by token: a serializer would hide repeated names, and would build what a hostile header
/// asks for before it can be refused.
/// </summary>
internal static class SafetensorsHeaderParser
{
    /// <summary>The reserved entry of free text.</summary>
    public const string MetadataName = "__metadata__";

    // Root object, tensor object, array.
    private const int DepthMax = 3;

    // Leaves room for the header, so that no offset in the file overflows.
    private const long DataBytesMax = 1L << 62;

    // Not Enum.TryParse, which takes numbers and lists too.
    private static readonly FrozenDictionary<string, SafetensorsDType> DTypeByName =
        Enum.GetValues<SafetensorsDType>().ToFrozenDictionary(dtype => dtype.ToString(), StringComparer.Ordinal);

    /// <summary>Parses and checks all that can be checked without the length of the file.</summary>
    /// <exception cref="SafetensorsException">The header is not sound.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, SafetensorsLimits limits)
    {
        if (json.IsEmpty || json[0] != (byte)'{' || !Utf8.IsValid(json))
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderNotJson, "the header is not UTF-8 text that begins with {");
        }

        try
        {
            return ParseRoot(json, limits);
        }
        catch (JsonException e)
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderNotJson, $"the header is not valid JSON: {e.Message}", e);
        }
    }

    private static SafetensorsHeader ParseRoot(ReadOnlySpan<byte> json, SafetensorsLimits limits)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        var tensors = new List<SafetensorsTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = ImmutableSortedDictionary<string, string>.Empty;

        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadText(ref reader, limits.NameBytesMax, "a name");
            if (!names.Add(name))
            {
                throw new SafetensorsException(SafetensorsError.DuplicateName, $"{name} occurs twice");
            }

            reader.Read();
            if (name == MetadataName)
            {
                metadata = ParseMetadata(ref reader, limits);
                continue;
            }

            if (tensors.Count == limits.TensorsMax)
            {
                throw new SafetensorsException(
                    SafetensorsError.LimitExceeded, $"the file has more than {limits.TensorsMax} tensors");
            }

            tensors.Add(ParseTensor(ref reader, name, limits));
        }

        // Only padding may follow; anything else makes the reader throw.
        reader.Read();
        return new SafetensorsHeader(Arrange(tensors), metadata, json.Length);
    }

    private static ImmutableSortedDictionary<string, string> ParseMetadata(
        ref Utf8JsonReader reader, SafetensorsLimits limits)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName, "an object of strings");
        var entries = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadText(ref reader, limits.NameBytesMax, "a metadata key");
            reader.Read();
            Expect(ref reader, JsonTokenType.String, $"{MetadataName}.{key}", "a string");
            if (!entries.TryAdd(key, ReadText(ref reader, limits.HeaderBytesMax, $"{MetadataName}.{key}")))
            {
                throw new SafetensorsException(SafetensorsError.DuplicateName, $"{MetadataName}.{key} occurs twice");
            }
        }

        return entries.ToImmutable();
    }

    private static SafetensorsTensor ParseTensor(ref Utf8JsonReader reader, string name, SafetensorsLimits limits)
    {
        CheckName(name);
        Expect(ref reader, JsonTokenType.StartObject, name, "an object with dtype, shape and data_offsets");
        SafetensorsDType? dtype = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = ReadText(ref reader, limits.NameBytesMax, $"a field of {name}");
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null:
                    dtype = ParseDType(ref reader, name, limits);
                    break;
                case "shape" when shape is null:
                    shape = ParseIntegers(
                        ref reader, $"{name}.shape", limits.DimensionsMax, SafetensorsError.ShapeOverflow);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseIntegers(ref reader, $"{name}.data_offsets", 2, SafetensorsError.OffsetsOutOfRange);
                    break;
                default:
                    throw Malformed($"tensor {name} has an unknown or repeated field {field}");
            }
        }

        return dtype is null || shape is null || offsets is null || offsets.Value.Length != 2
            ? throw Malformed($"tensor {name} needs dtype, shape and data_offsets of two numbers")
            : Checked(name, dtype.Value, shape.Value, offsets.Value[0], offsets.Value[1]);
    }

    private static SafetensorsTensor Checked(
        string name, SafetensorsDType dtype, ImmutableArray<long> shape, long begin, long end)
    {
        if (end < begin || end > DataBytesMax)
        {
            throw new SafetensorsException(
                SafetensorsError.OffsetsOutOfRange,
                $"tensor {name} begins at data byte {begin} and ends at {end}; the end must be from the begin to 2^62");
        }

        var expected = SafetensorsValues.ByteLength(name, dtype, shape.AsSpan());
        var tensor = new SafetensorsTensor(name, dtype, shape, begin, end);
        return tensor.ByteLength == expected
            ? tensor
            : throw new SafetensorsException(
                SafetensorsError.SizeMismatch,
                $"tensor {tensor} has {tensor.ByteLength} bytes of data; expected {expected}");
    }

    /// <summary>Orders the tensors by their bytes and refuses overlaps and gaps.</summary>
    private static ImmutableArray<SafetensorsTensor> Arrange(List<SafetensorsTensor> tensors)
    {
        ImmutableArray<SafetensorsTensor> ordered = [.. tensors.OrderBy(t => t.Begin).ThenBy(t => t.End)];
        long filled = 0;
        foreach (var tensor in ordered)
        {
            if (tensor.Begin != filled)
            {
                throw tensor.Begin < filled
                    ? new SafetensorsException(
                        SafetensorsError.Overlap,
                        $"tensor {tensor.Name} begins at data byte {tensor.Begin}; {filled} bytes are taken already")
                    : new SafetensorsException(
                        SafetensorsError.Gap,
                        $"tensor {tensor.Name} begins at data byte {tensor.Begin}; only {filled} are taken before");
            }

            filled = tensor.End;
        }

        return ordered;
    }

    private static SafetensorsDType ParseDType(ref Utf8JsonReader reader, string name, SafetensorsLimits limits)
    {
        Expect(ref reader, JsonTokenType.String, $"{name}.dtype", "a string");
        var text = ReadText(ref reader, limits.NameBytesMax, $"{name}.dtype");

        return DTypeByName.TryGetValue(text, out var dtype)
            ? dtype
            : throw new SafetensorsException(
                SafetensorsError.UnknownDType,
                $"tensor {name} has dtype {text}; known are {string.Join(", ", DTypeByName.Keys)}");
    }

    private static ImmutableArray<long> ParseIntegers(
        ref Utf8JsonReader reader, string what, int countMax, SafetensorsError outOfRange)
    {
        Expect(ref reader, JsonTokenType.StartArray, what, "an array of integers");
        var values = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.Number, what, "an array of integers");
            if (!reader.TryGetInt64(out var value) || value < 0)
            {
                throw new SafetensorsException(
                    outOfRange, $"{what} holds {Shorten(reader.ValueSpan)}; an integer from 0 to 2^63 - 1 is needed");
            }

            if (values.Count == countMax)
            {
                throw new SafetensorsException(
                    SafetensorsError.LimitExceeded, $"{what} has more than {countMax} numbers");
            }

            values.Add(value);
        }

        return values.ToImmutable();
    }

    private static string ReadText(ref Utf8JsonReader reader, int bytesMax, string what)
    {
        if (reader.ValueSpan.Length > bytesMax)
        {
            throw new SafetensorsException(
                SafetensorsError.LimitExceeded, $"{what} has {reader.ValueSpan.Length} bytes; the limit is {bytesMax}");
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escape such as \ud800 without its partner is valid JSON, but no text.
            throw new SafetensorsException(SafetensorsError.HeaderNotJson, $"{what} is not valid Unicode", e);
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name.Any(char.IsControl))
        {
            throw Malformed("a tensor's name is empty or has control characters");
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, string needed)
    {
        if (reader.TokenType != type)
        {
            throw Malformed($"{what} must be {needed}, not {reader.TokenType}");
        }
    }

    private static string Shorten(ReadOnlySpan<byte> number) =>
        number.Length <= 40 ? Encoding.UTF8.GetString(number) : $"a number of {number.Length} digits";

    private static SafetensorsException Malformed(string message) => new(SafetensorsError.MalformedEntry, message);
}
