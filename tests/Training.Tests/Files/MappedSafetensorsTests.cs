using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Training.Files;

namespace FedLowRank.Training.Tests.Files;

/// <summary>
/// Goal: mapped reading gives the file's values and never reads beyond them, whatever the header says.
/// </summary>
public sealed class MappedSafetensorsTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public void Tensors_read_as_floats_and_as_raw_bytes()
    {
        var path = folder.WriteWeights("model.safetensors", ("a", [1, -2, 0.5f]), ("b", [7]));
        using var mapped = MappedSafetensors.Open(path);

        var values = new float[3];
        mapped.ReadFloats("a", values);
        Assert.Equal([1, -2, 0.5f], values);
        Assert.Equal(BitConverter.GetBytes(7f), mapped.RawBytes("b").ToArray());
        Assert.Throws<ArgumentException>(() => mapped.ReadFloats("a", new float[4]));
        Assert.Equal(
            SafetensorsError.MissingTensor,
            Assert.Throws<SafetensorsException>(() => mapped.ReadFloats("c", values)).Error);
    }

    [Fact]
    public void A_tensor_longer_than_one_piece_reads_whole_and_names_the_index_that_is_not_finite()
    {
        var values = Enumerable.Range(0, (1 << 20) + 1000).Select(i => (float)i).ToArray();
        var path = folder.WriteWeights("model.safetensors", ("a", values));
        var read = new float[values.Length];
        using (var mapped = MappedSafetensors.Open(path))
        {
            mapped.ReadFloats("a", read);
        }

        Assert.Equal(values, read);
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), float.NaN);
        File.WriteAllBytes(path, bytes);
        using var broken = MappedSafetensors.Open(path);
        var error = Assert.Throws<SafetensorsException>(() => broken.ReadFloats("a", read));
        Assert.Equal(SafetensorsError.NonFinite, error.Error);
        Assert.Contains($"at {values.Length - 1}", error.Message, StringComparison.Ordinal);
        broken.ReadFloats("a", read, requireFinite: false);
        Assert.True(float.IsNaN(read[^1]));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var bytes = File.ReadAllBytes(folder.WriteWeights("whole.safetensors", ("a", [1, 2, 3]), ("b", [7])));
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = folder.Write("cut.safetensors", bytes.AsSpan(0, length));
            var error = Assert.Throws<SafetensorsException>(() => MappedSafetensors.Open(path));
            Assert.Equal(SafetensorsError.Truncated, error.Error);
        }
    }

    [Fact]
    public void A_file_with_any_bit_of_length_or_header_flipped_reads_within_bounds_or_is_refused()
    {
        var bytes = File.ReadAllBytes(folder.WriteWeights("whole.safetensors", ("a", [1, 2, 3]), ("b", [7])));
        var headerBits = (bytes.Length - 16) * 8;
        var refused = 0;
        for (var bit = 0; bit < headerBits; bit++)
        {
            var changed = (byte[])bytes.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            var path = folder.Write("flipped.safetensors", changed);
            try
            {
                using var mapped = MappedSafetensors.Open(path);
                foreach (var tensor in mapped.Header.Tensors)
                {
                    mapped.ReadFloats(tensor.Name, new float[tensor.Count], requireFinite: false);
                }
            }
            catch (SafetensorsException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, headerBits / 2, headerBits - 1);
    }

    [Fact]
    public void Nothing_is_read_after_disposal()
    {
        var mapped = MappedSafetensors.Open(folder.WriteWeights("model.safetensors", ("a", [1])));
        mapped.Dispose();
        mapped.Dispose();

        Assert.Throws<ObjectDisposedException>(() => mapped.ReadFloats("a", new float[1]));
        Assert.Throws<ObjectDisposedException>(() => mapped.RawBytes("a").Length);
    }

    public void Dispose() => folder.Dispose();
}
