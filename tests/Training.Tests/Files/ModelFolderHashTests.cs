using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Tests;
using FedLowRank.Training.Files;

namespace FedLowRank.Training.Tests.Files;

/// <summary>
/// Goal: the same model has the same hash everywhere, and another one has another. Method: the documented text built
/// anew, and folders that differ in one thing.
/// </summary>
public sealed class ModelFolderHashTests : IDisposable
{
    private static readonly (string Name, string Content)[] Single =
        [("config.json", "{}"), ("tokenizer.json", "{ }"), ("model.safetensors", "weights")];

    private const string Index =
        """{ "weight_map": { "a": "x.safetensors", "b": "w.safetensors", "c": "x.safetensors" } }""";

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_hash_is_that_of_the_documented_text()
    {
        Write(Single);
        Write([("README.md", "does not count")]);
        Assert.Equal(Expected(Single), Compute(folder.Path).ToString());
    }

    [Fact]
    public void Shards_count_with_their_index_and_once_each()
    {
        (string, string)[] files =
        [
            ("config.json", "{}"), ("tokenizer.json", "{ }"), ("model.safetensors.index.json", Index),
            ("x.safetensors", "1"), ("w.safetensors", ""),
        ];
        Write(files);
        Assert.Equal(Expected(files), Compute(folder.Path).ToString());
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void Every_file_counts_and_none_may_be_missing(string name)
    {
        Write(Single);
        var before = Compute(folder.Path);
        Write([(name, "changed")]);
        Assert.NotEqual(before, Compute(folder.Path));
        File.Delete(Path.Combine(folder.Path, name));
        Assert.Throws<FileNotFoundException>(() => Compute(folder.Path));
    }

    [Fact]
    public void An_index_cannot_reach_out_of_its_folder()
    {
        Write([.. Single[..2], ("model.safetensors.index.json", """{ "weight_map": { "a": "../x.safetensors" } }""")]);
        Assert.Throws<WeightsException>(() => Compute(folder.Path));
    }

    [Fact]
    public void The_sample_model_has_its_known_hash() => Assert.Equal(
        Expected([.. new[] { "config.json", "tokenizer.json", "model.safetensors" }.Select(name =>
            (name, File.ReadAllBytes(RepositoryFiles.Path("samples", "base", name))))]),
        Compute(RepositoryFiles.Path("samples", "base")).ToString());

    private static BlobHash Compute(string path) =>
        ModelFolderHash.Compute(path, TestContext.Current.CancellationToken);

    private void Write(IEnumerable<(string Name, string Content)> files)
    {
        foreach (var (name, content) in files) folder.Write(name, Encoding.UTF8.GetBytes(content));
    }

    private static string Expected(IEnumerable<(string Name, string Content)> files) =>
        Expected(files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Content))));

    private static string Expected(IEnumerable<(string Name, byte[] Content)> files)
    {
        var lines = files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Name}\t{file.Content.Length}\t{Convert.ToHexStringLower(SHA256.HashData(file.Content))}\n"));
        return Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes("fedlowrank model 1\n" + string.Concat(lines))));
    }
}
