using System.Collections.Immutable;
using System.Text;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Tests.Safetensors;

/// <summary>
/// Goal: what is written is what is read, to the bit. Method: all 16-bit patterns, fixed bytes, random pieces.
/// </summary>
public class SafetensorsRoundTripTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_bytes_of_a_small_file_are_those_of_the_format()
    {
        var stream = new MemoryStream();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", ["a"] = "b" };
        var writer = new SafetensorsWriter(
            stream, Header(metadata, ("w", SafetensorsDType.F16, [1, 2]), ("s", SafetensorsDType.F32, [])));
        writer.Write<float>("w", [1f, -2f]);
        writer.Write<double>("s", [0.5]);
        writer.Complete();

        const string Json =
            """{"__metadata__":{"a":"b","format":"pt"},"w":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]},"s":"""
            + """{"dtype":"F32","shape":[],"data_offsets":[4,8]}}""";
        var padded = Json.PadRight((Json.Length + 7) / 8 * 8);
        byte[] expected =
        [
            (byte)padded.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(padded),
            0x00, 0x3C, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x3F,
        ];
        Assert.Equal(expected, stream.ToArray());
    }

    [Theory]
    [InlineData(SafetensorsDType.F16)]
    [InlineData(SafetensorsDType.BF16)]
    public void Every_pattern_of_16_bits_decodes_exactly_and_every_finite_one_encodes_back(SafetensorsDType dtype)
    {
        var tensor = Header(null, ("a", dtype, [65536])).Tensors[0];
        var bytes = new byte[2 * 65536];
        for (var i = 0; i < 65536; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (ushort)i);
        }

        var singles = new float[65536];
        var doubles = new double[65536];
        SafetensorsValues.Decode<float>(tensor, 0, bytes, singles, requireFinite: false);
        SafetensorsValues.Decode<double>(tensor, 0, bytes, doubles, requireFinite: false);
        var encoded = new byte[2];
        for (var i = 0; i < 65536; i++)
        {
            var expected = dtype == SafetensorsDType.F16
                ? HalfByDefinition(i)
                : BitConverter.Int32BitsToSingle(i << 16);
            Assert.Equal(expected, doubles[i]);
            Assert.Equal(expected, singles[i]);
            if (double.IsFinite(expected))
            {
                SafetensorsValues.Encode<double>(tensor, i, [expected], encoded);
                Assert.Equal(i, BitConverter.ToUInt16(encoded));
            }
        }
    }

    [Theory]
    [InlineData(SafetensorsDType.F16)]
    [InlineData(SafetensorsDType.BF16)]
    public void Between_two_neighbours_the_nearer_is_written_and_at_the_middle_the_even_one(SafetensorsDType dtype)
    {
        var tensor = Header(null, ("a", dtype, [1])).Tensors[0];
        var last = dtype == SafetensorsDType.F16 ? 0x7BFF : 0x7F7F;
        var encoded = new byte[2];
        for (var i = 0; i < last; i++)
        {
            var lower = Decode(tensor, (ushort)i);
            var middle = (lower + Decode(tensor, (ushort)(i + 1))) / 2;
            Check(middle, i + (i & 1));

            // A neighbour in float64, which rounding to F32 first would take for the middle.
            Check(Math.BitDecrement(middle), i);
            Check(Math.BitIncrement(middle), i + 1);
        }

        void Check(double value, int expected)
        {
            SafetensorsValues.Encode<double>(tensor, 0, [value], encoded);
            var actual = BitConverter.ToUInt16(encoded);
            Assert.True(actual == expected, $"{dtype} {value:R}: {actual} for {expected}");
            SafetensorsValues.Encode<double>(tensor, 0, [-value], encoded);
            Assert.Equal(expected | 0x8000, BitConverter.ToUInt16(encoded));
        }
    }

    [Theory]
    [InlineData(SafetensorsDType.F64, 0)]
    [InlineData(SafetensorsDType.F32, 3.5e38)]
    [InlineData(SafetensorsDType.F16, 65520)]
    [InlineData(SafetensorsDType.BF16, 3.4e38)]
    public void Values_that_are_not_finite_once_rounded_are_refused(SafetensorsDType dtype, double tooLarge)
    {
        var tensor = Header(null, ("a", dtype, [4])).Tensors[0];
        var target = new byte[SafetensorsValues.Size(dtype) * 4];
        double[] refused = tooLarge == 0
            ? [double.NaN, double.PositiveInfinity, double.NegativeInfinity]
            : [double.NaN, double.PositiveInfinity, double.NegativeInfinity, tooLarge, -tooLarge, double.MaxValue];
        foreach (var value in refused)
        {
            var error = Assert.Throws<SafetensorsException>(
                () => SafetensorsValues.Encode<double>(tensor, 100, [0, 1, value, 2], target));
            Assert.Equal(SafetensorsError.NonFinite, error.Error);
            Assert.Contains("tensor a", error.Message, StringComparison.Ordinal);
            Assert.Contains("at 102", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void F64_beyond_F32_reads_as_double_and_is_refused_as_float()
    {
        var tensor = Header(null, ("a", SafetensorsDType.F64, [1])).Tensors[0];
        var bytes = BitConverter.GetBytes(1e300);
        var asDouble = new double[1];
        SafetensorsValues.Decode<double>(tensor, 0, bytes, asDouble);

        Assert.Equal(1e300, asDouble[0]);
        var error = Assert.Throws<SafetensorsException>(
            () => SafetensorsValues.Decode<float>(tensor, 0, bytes, new float[1]));
        Assert.Equal(SafetensorsError.NonFinite, error.Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_tensors_written_in_random_pieces_read_back_streamed_and_one_by_one(int seed)
    {
        var random = new Random(seed);
        var specs = Enumerable.Range(0, 12).Select(i => (
            Name: $"层.{i}.weight",
            DType: (SafetensorsDType)(i % 2),
            Shape: ImmutableArray.Create<long>(random.Next(3), random.Next(1, 30_000)))).ToArray();
        var header = Header(null, specs);
        var values = header.Tensors.ToDictionary(
            t => t.Name,
            t => Enumerable.Range(0, (int)t.Count).Select(_ => (double)(random.NextSingle() - 0.5f)).ToArray());

        var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, header);
        foreach (var tensor in header.Tensors)
        {
            for (var done = 0; done < tensor.Count;)
            {
                var piece = Math.Min(random.Next(1, 20_000), (int)tensor.Count - done);
                writer.Write<double>(tensor.Name, values[tensor.Name].AsSpan(done, piece));
                done += piece;
            }
        }

        writer.Complete();
        Assert.Equal(header.FileBytes, stream.Length);
        var streamed = await HeaderText.ReadAsync(new TrickleStream(stream.ToArray(), 1000));
        foreach (var tensor in header.Tensors.Reverse())
        {
            Assert.Equal(values[tensor.Name], streamed.GetValueOrDefault(tensor.Name, []));
            stream.Position = header.FileOffset(tensor);
            var alone = new List<double>();
            await foreach (var block in SafetensorsReader.ReadTensorAsync(stream, tensor, Token))
            {
                var part = new double[block.Count];
                block.Decode<double>(part);
                alone.AddRange(part);
            }

            Assert.Equal(values[tensor.Name], alone);
        }
    }

    [Fact]
    public void A_header_survives_its_own_bytes()
    {
        var header = Header(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["note"] = "\"quoted\" 层\n" },
            ("a\"b", SafetensorsDType.BF16, [2, 3]),
            ("empty", SafetensorsDType.I64, [0, 7]),
            ("scalar", SafetensorsDType.BOOL, []));
        var bytes = header.ToBytes();
        var again = SafetensorsHeader.Parse(bytes.AsSpan(8), header.FileBytes);

        Assert.Equal(0, bytes.Length % 8);
        Assert.Equal(bytes, again.ToBytes());
        Assert.Equal(header.Metadata, again.Metadata);
        Assert.Equal(header.Tensors.Select(t => t.ToString()), again.Tensors.Select(t => t.ToString()));
    }

    [Fact]
    public void A_header_that_could_not_be_read_is_not_made()
    {
        Assert.Equal(SafetensorsError.DuplicateName, ErrorOf(("a", [1]), ("a", [1])));
        Assert.Equal(SafetensorsError.MalformedEntry, ErrorOf(("", [1])));
        Assert.Equal(SafetensorsError.MalformedEntry, ErrorOf(("a\n", [1])));
        Assert.Equal(SafetensorsError.ShapeOverflow, ErrorOf(("a", [-1])));
        Assert.Equal(SafetensorsError.ShapeOverflow, ErrorOf(("a", [1L << 61])));
        Assert.Equal(SafetensorsError.ShapeOverflow, ErrorOf(("a", [1L << 60]), ("b", [1L << 60])));
        Assert.Equal(SafetensorsError.LimitExceeded, ErrorOf((new string('a', 2000), [1])));

        static SafetensorsError ErrorOf(params (string Name, ImmutableArray<long> Shape)[] tensors) =>
            Assert.Throws<SafetensorsException>(
                () => SafetensorsHeader.Create(tensors.Select(t => (t.Name, SafetensorsDType.F32, t.Shape)))).Error;
    }

    [Fact]
    public void A_writer_refuses_another_order_too_many_values_and_too_few()
    {
        var writer = new SafetensorsWriter(
            new MemoryStream(), Header(null, ("a", SafetensorsDType.F32, [2]), ("b", SafetensorsDType.F32, [1])));

        Assert.Throws<InvalidOperationException>(() => writer.Write<float>("b", [1f]));
        Assert.Throws<InvalidOperationException>(() => writer.Write<float>("a", [1f, 2f, 3f]));
        writer.Write<float>("a", [1f]);
        Assert.Throws<InvalidOperationException>(() => writer.Write<float>("b", [1f]));
        writer.Write<float>("a", [2f]);
        Assert.Throws<InvalidOperationException>(writer.Complete);
        writer.Write<float>("b", [3f]);
        writer.Complete();
        Assert.Throws<InvalidOperationException>(() => writer.Write<float>("b", [1f]));
    }

    private static SafetensorsHeader Header(
        IReadOnlyDictionary<string, string>? metadata,
        params (string Name, SafetensorsDType DType, ImmutableArray<long> Shape)[] tensors) =>
        SafetensorsHeader.Create(tensors, metadata);

    private static double Decode(SafetensorsTensor tensor, ushort bits)
    {
        var value = new double[1];
        SafetensorsValues.Decode<double>(tensor, 0, BitConverter.GetBytes(bits), value);
        return value[0];
    }

    /// <summary>IEEE 754 binary16 written out: 1 bit of sign, 5 of exponent, 10 of fraction.</summary>
    private static double HalfByDefinition(int bits)
    {
        var sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
        var exponent = (bits >> 10) & 31;
        var fraction = bits & 1023;
        return exponent switch
        {
            0 => sign * fraction * Math.Pow(2, -24),
            31 => fraction == 0 ? sign * double.PositiveInfinity : double.NaN,
            _ => sign * (1024 + fraction) * Math.Pow(2, exponent - 25),
        };
    }
}
