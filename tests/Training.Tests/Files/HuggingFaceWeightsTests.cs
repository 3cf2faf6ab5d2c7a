using System.Text;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Tests;
using FedLowRank.Training.Files;

namespace FedLowRank.Training.Tests.Files;

/// <summary>Goal: single and sharded models open; an index can neither lie nor reach out of its folder.</summary>
public sealed class HuggingFaceWeightsTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public void The_sample_model_opens_and_has_the_values_that_an_independent_reader_found()
    {
        using var weights = HuggingFaceWeights.Open(RepositoryFiles.Path("samples", "base"));

        // Sum of magnitudes of all 74 tensors, added in file order by a reader in another language.
        var sum = 0.0;
        foreach (var name in weights.Names)
        {
            Assert.True(weights.TryFind(name, out var tensor));
            var values = new float[tensor.Count];
            weights.ReadFloats(name, values);
            Array.ForEach(values, value => sum += Math.Abs((double)value));
        }

        Assert.Equal(74, weights.Names.Count);
        Assert.Equal(181532.183249712, sum, 1e-6);
    }

    [Fact]
    public void Shards_read_as_one_model()
    {
        folder.WriteWeights("model-00001-of-00002.safetensors", ("a", [1]), ("b", [2]));
        folder.WriteWeights("model-00002-of-00002.safetensors", ("c", [3]));
        WriteIndex(
            """
            {"metadata":{"total_size":12},"weight_map":{"a":"model-00001-of-00002.safetensors",
             "b":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}
            """);
        using var weights = HuggingFaceWeights.Open(folder.Path);

        var values = new float[3];
        weights.ReadFloats("a", values.AsSpan(0, 1));
        weights.ReadFloats("b", values.AsSpan(1, 1));
        weights.ReadFloats("c", values.AsSpan(2, 1));
        Assert.Equal([1, 2, 3], values);
        Assert.Equal(["a", "b", "c"], weights.Names.Order(StringComparer.Ordinal));
        Assert.Equal(4, weights.RawBytes("c").Length);
        Assert.False(weights.TryFind("d", out _));
        Assert.Throws<SafetensorsException>(() => weights.ReadFloats("d", values));
    }

    [Theory]
    [InlineData("not json", "not valid JSON")]
    [InlineData("[]", "weight_map must be an object")]
    [InlineData("{}", "weight_map must be an object")]
    [InlineData("""{"weight_map":["a"]}""", "weight_map must be an object")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map.a must be a file name")]
    [InlineData("""{"weight_map":{"a":"s.safetensors","a":"s.safetensors"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":"\ud800.safetensors"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":"../s.safetensors"}}""", "weight_map.a is ../s.safetensors")]
    [InlineData("""{"weight_map":{"a":"/etc/s.safetensors"}}""", "must name a .safetensors file")]
    [InlineData("""{"weight_map":{"a":"..\\s.safetensors"}}""", "must name a .safetensors file")]
    [InlineData("""{"weight_map":{"a":"C:s.safetensors"}}""", "must name a .safetensors file")]
    [InlineData("""{"weight_map":{"a":"s.safetensors\u0000"}}""", "must name a .safetensors file")]
    [InlineData("""{"weight_map":{"a":"s.bin"}}""", "must name a .safetensors file")]
    [InlineData("""{"weight_map":{"b":"s.safetensors"}}""", "places b in s.safetensors, which does not hold it")]
    [InlineData(
        """{"weight_map":{"a":"broken.safetensors"}}""",
        "broken.safetensors: safetensors: the file has 3 bytes")]
    public void An_index_that_is_wrong_is_refused_by_field(string index, string named)
    {
        folder.WriteWeights("s.safetensors", ("a", [1]));
        folder.Write("broken.safetensors", [1, 2, 3]);
        WriteIndex(index);

        var error = Assert.Throws<WeightsException>(() => HuggingFaceWeights.Open(folder.Path));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_model_or_shard_is_named()
    {
        Assert.Contains(
            "neither model.safetensors nor",
            Assert.Throws<FileNotFoundException>(() => HuggingFaceWeights.Open(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => HuggingFaceWeights.Open(Path.Combine(folder.Path, "none")));
        WriteIndex("""{"weight_map":{"a":"gone.safetensors"}}""");
        Assert.Contains(
            "gone.safetensors",
            Assert.Throws<FileNotFoundException>(() => HuggingFaceWeights.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_cannot_be_read_are_refused()
    {
        File.CreateSymbolicLink(Path.Combine(folder.Path, "model.safetensors"), "model.safetensors");
        Assert.Contains(
            "model.safetensors",
            Assert.Throws<WeightsException>(() => HuggingFaceWeights.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void WriteIndex(string json) => folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes(json));
}
