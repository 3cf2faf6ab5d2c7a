using FedLowRank.Aggregation.Safetensors;
using static FedLowRank.Aggregation.Tests.Safetensors.HeaderText;

namespace FedLowRank.Aggregation.Tests.Safetensors;

/// <summary>
/// Goal: each kind of broken file gets its own error. Method: one hand-written file for each way to be wrong.
/// </summary>
public class SafetensorsErrorTests
{
    private static readonly string A = Entry("a", "2", "0,8");

    public static TheoryData<string, byte[], SafetensorsError> BrokenFiles => new()
    {
        { "empty", [], SafetensorsError.Truncated },
        { "seven bytes", new byte[7], SafetensorsError.Truncated },
        { "length 0", File("", declaredLength: 0), SafetensorsError.HeaderTooShort },
        { "length 1", File("{}", declaredLength: 1), SafetensorsError.HeaderTooShort },
        { "length over the limit", File("{}", declaredLength: 100_000_001), SafetensorsError.HeaderTooLong },
        { "length 2^64 - 1", File("{}", declaredLength: ulong.MaxValue), SafetensorsError.HeaderTooLong },
        { "header cut", File("{}", declaredLength: 90_000_000), SafetensorsError.Truncated },
        { "no JSON", File("{\"a\""), SafetensorsError.HeaderNotJson },
        { "array", File("[]"), SafetensorsError.HeaderNotJson },
        { "space before the brace", File(" {}"), SafetensorsError.HeaderNotJson },
        { "two objects", File("{}{}"), SafetensorsError.HeaderNotJson },
        { "comment", File("{/**/}"), SafetensorsError.HeaderNotJson },
        { "trailing comma", File($"{{{A},}}", 8), SafetensorsError.HeaderNotJson },
        { "bad UTF-8", [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff], SafetensorsError.HeaderNotJson },
        { "lone surrogate", File("""{"\ud800":{}}"""), SafetensorsError.HeaderNotJson },
        { "deep nesting", File("{\"a\":" + new string('[', 100_000)), SafetensorsError.MalformedEntry },
        { "deep shape", File("""{"a":{"dtype":"F32","shape":[[[1]]]}}"""), SafetensorsError.HeaderNotJson },
        { "entry is null", File("""{"a":null}"""), SafetensorsError.MalformedEntry },
        {
            "entry lacks dtype",
            File("""{"a":{"shape":[],"data_offsets":[0,4]}}""", 4),
            SafetensorsError.MalformedEntry
        },
        {
            "entry lacks shape",
            File("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4),
            SafetensorsError.MalformedEntry
        },
        { "entry lacks offsets", File("""{"a":{"dtype":"F32","shape":[]}}""", 4), SafetensorsError.MalformedEntry },
        { "one offset", File($"{{{Entry("a", "2", "0")}}}", 8), SafetensorsError.MalformedEntry },
        { "three offsets", File($"{{{Entry("a", "2", "0,8,8")}}}", 8), SafetensorsError.LimitExceeded },
        { "text as side", File($"{{{Entry("a", "\"2\"", "0,8")}}}", 8), SafetensorsError.MalformedEntry },
        { "dtype twice", File("""{"a":{"dtype":"F32","dtype":"F16"}}"""), SafetensorsError.MalformedEntry },
        { "unknown field", File("""{"a":{"strides":[1]}}"""), SafetensorsError.MalformedEntry },
        { "empty name", File($"{{{Entry("", "2", "0,8")}}}", 8), SafetensorsError.MalformedEntry },
        { "line feed in name", File($"{{{Entry("a\\n", "2", "0,8")}}}", 8), SafetensorsError.MalformedEntry },
        { "metadata not text", File("""{"__metadata__":{"a":1}}"""), SafetensorsError.MalformedEntry },
        { "metadata twice", File("""{"__metadata__":{},"__metadata__":{}}"""), SafetensorsError.DuplicateName },
        { "metadata key twice", File("""{"__metadata__":{"a":"","a":""}}"""), SafetensorsError.DuplicateName },
        { "name twice", File($"{{{A},{Entry("a", "2", "8,16")}}}", 16), SafetensorsError.DuplicateName },
        { "name twice, escaped", File($"{{{A},{Entry("\\u0061", "2", "8,16")}}}", 16), SafetensorsError.DuplicateName },
        { "name too long", File($"{{{Entry(new string('a', 1025), "2", "0,8")}}}", 8), SafetensorsError.LimitExceeded },
        {
            "17 dimensions",
            File($"{{{Entry("a", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "0,4")}}}", 4),
            SafetensorsError.LimitExceeded
        },
        { "unknown dtype", File($"{{{Entry("a", "2", "0,8", "F33")}}}", 8), SafetensorsError.UnknownDType },
        { "lower-case dtype", File($"{{{Entry("a", "2", "0,8", "f32")}}}", 8), SafetensorsError.UnknownDType },
        { "dtype by number", File($"{{{Entry("a", "2", "0,8", "1")}}}", 8), SafetensorsError.UnknownDType },
        {
            "dtype by a number that is none",
            File($"{{{Entry("a", "2", "0,8", "16")}}}", 8),
            SafetensorsError.UnknownDType
        },
        { "two dtypes", File($"{{{Entry("a", "2", "0,8", "F32, F16")}}}", 8), SafetensorsError.UnknownDType },
        {
            "shape x size over 2^63",
            File($"{{{Entry("a", "4294967296,2147483648", "0,8")}}}", 8),
            SafetensorsError.ShapeOverflow
        },
        {
            "shape over 2^64, wraps to 0",
            File($"{{{Entry("a", "4294967296,4294967296", "0,0")}}}"),
            SafetensorsError.ShapeOverflow
        },
        {
            "side over 2^63",
            File($"{{{Entry("a", "9223372036854775808", "0,8")}}}", 8),
            SafetensorsError.ShapeOverflow
        },
        { "negative side", File($"{{{Entry("a", "-2", "0,8")}}}", 8), SafetensorsError.ShapeOverflow },
        { "two negative sides", File($"{{{Entry("a", "-1,-2", "0,8")}}}", 8), SafetensorsError.ShapeOverflow },
        { "fractional side", File($"{{{Entry("a", "2.5", "0,8")}}}", 8), SafetensorsError.ShapeOverflow },
        { "negative offset", File($"{{{Entry("a", "2", "-8,0")}}}", 8), SafetensorsError.OffsetsOutOfRange },
        { "end before begin", File($"{{{Entry("a", "2", "8,0")}}}", 8), SafetensorsError.OffsetsOutOfRange },
        {
            "offset over 2^63",
            File($"{{{Entry("a", "2", "0,18446744073709551624")}}}", 8),
            SafetensorsError.OffsetsOutOfRange
        },
        {
            "offset at 2^63 - 1",
            File($"{{{Entry("a", "9223372036854775807", "0,9223372036854775807", "U8")}}}"),
            SafetensorsError.OffsetsOutOfRange
        },
        { "too few bytes", File($"{{{Entry("a", "2", "0,7")}}}", 7), SafetensorsError.SizeMismatch },
        { "too many bytes", File($"{{{Entry("a", "2", "0,9")}}}", 9), SafetensorsError.SizeMismatch },
        { "overlap", File($"{{{A},{Entry("b", "2", "4,12")}}}", 12), SafetensorsError.Overlap },
        { "same bytes twice", File($"{{{A},{Entry("b", "2", "0,8")}}}", 8), SafetensorsError.Overlap },
        { "gap between", File($"{{{A},{Entry("b", "2", "12,20")}}}", 20), SafetensorsError.Gap },
        { "gap before", File($"{{{Entry("a", "2", "4,12")}}}", 12), SafetensorsError.Gap },
        { "data cut", File($"{{{A}}}", 7), SafetensorsError.Truncated },
        { "no data", File($"{{{Entry("a", "1000000000000", "0,4000000000000")}}}"), SafetensorsError.Truncated },
        { "bytes after the last tensor", File($"{{{A}}}", 9), SafetensorsError.TrailingBytes },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public async Task A_broken_file_gets_its_error_whether_or_not_its_length_is_known(
        string what, byte[] file, SafetensorsError expected)
    {
        var seekable = await Assert.ThrowsAsync<SafetensorsException>(() => ReadAsync(new MemoryStream(file)));
        var stream = await Assert.ThrowsAsync<SafetensorsException>(() => ReadAsync(new TrickleStream(file)));

        Assert.True(seekable.Error == expected, $"{what}: {seekable.Error}, {seekable.Message}");
        Assert.True(stream.Error == expected, $"{what}, streamed: {stream.Error}, {stream.Message}");
    }

    [Fact]
    public async Task A_declared_file_length_is_checked_before_any_data_is_read()
    {
        var file = File($"{{{A}}}", 8);

        var error = await Assert.ThrowsAsync<SafetensorsException>(
            () => ReadAsync(new TrickleStream(file), file.Length + 1));
        Assert.Equal(SafetensorsError.TrailingBytes, error.Error);
        error = await Assert.ThrowsAsync<SafetensorsException>(
            () => ReadAsync(new TrickleStream(file), file.Length - 1));
        Assert.Equal(SafetensorsError.Truncated, error.Error);
        Assert.Equal(2, (await ReadAsync(new TrickleStream(file), file.Length))["a"].Length);
    }

    [Fact]
    public void More_tensors_than_the_limit_are_refused()
    {
        var limits = new SafetensorsLimits { TensorsMax = 1 };
        var two = File($"{{{A},{Entry("b", "2", "8,16")}}}", 16);

        var error = Assert.Throws<SafetensorsException>(
            () => SafetensorsHeader.Parse(two.AsSpan(8..^16), two.Length, limits));

        Assert.Equal(SafetensorsError.LimitExceeded, error.Error);
        Assert.Contains("more than 1 tensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Integers_open_but_do_not_decode()
    {
        var error = await Assert.ThrowsAsync<SafetensorsException>(
            () => ReadAsync(new MemoryStream(File($"{{{Entry("ids", "2", "0,16", "I64")}}}", 16))));

        Assert.Equal(SafetensorsError.NotFloat, error.Error);
        Assert.Contains("ids (I64 [2])", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x7F800000u)]
    [InlineData(0xFF800000u)]
    [InlineData(0x7FC00000u)]
    [InlineData(0xFF800001u)]
    public async Task A_value_that_is_not_finite_is_named_by_tensor_and_index(uint bits)
    {
        // The third value of the second block, so that the index counts from the tensor's start.
        const int Index = (SafetensorsReader.BlockBytes / 4) + 2;
        var count = Index + 10;
        var file = File($"{{{Entry("a", $"{count}", $"0,{4 * count}")}}}", 4 * count);
        BitConverter.TryWriteBytes(file.AsSpan(file.Length - 40), bits);

        var error = await Assert.ThrowsAsync<SafetensorsException>(() => ReadAsync(new MemoryStream(file)));

        Assert.Equal(SafetensorsError.NonFinite, error.Error);
        Assert.Contains($"tensor a (F32 [{count}]) at {Index}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        var header = SafetensorsHeader.Parse("{}"u8);

        var error = Assert.Throws<SafetensorsException>(() => header.Find("classifier.weight"));

        Assert.Equal(SafetensorsError.MissingTensor, error.Error);
        Assert.Contains("classifier.weight", error.Message, StringComparison.Ordinal);
    }
}
