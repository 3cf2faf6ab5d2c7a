using System.IO.Compression;
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>
/// The float64 references for stories260K (karpathy/tinyllamas, MIT), and the adapter that they were computed with.
/// </summary>
internal sealed class GoldenLlama
{
    public static readonly string Folder = RepositoryFiles.Path("tests", "golden", "llama");

    public static readonly Adapter WithoutLora = new([], []);

    private GoldenLlama()
    {
        using var file = File.OpenRead(Path.Combine(Folder, "reference_outputs.json.gz"));
        using var json = new GZipStream(file, CompressionMode.Decompress);
        Json = JsonDocument.Parse(json).RootElement;
        Sentences = [.. Json.GetProperty("sentences").EnumerateArray()];
        Examples = [.. Sentences.Select(s => new TokenizedExample(Ids(s.GetProperty("ids"))))];

        var check = Json.GetProperty("lora_check");
        var (rank, alpha) = (check.GetProperty("rank").GetInt32(), check.GetProperty("alpha").GetDouble());
        using var engine = Open();
        var modules = LoraTargets.Resolve(engine.Modules, ["q_proj", "v_proj"]);
        Adapter = new Adapter(
            modules.Select((m, i) =>
            {
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, rank, alpha);
                return new LoraFactors(shape, Waves(shape.A.Count, i + 1), Waves(shape.B.Count, i + 101));
            }),
            []);
    }

    public static GoldenLlama Instance { get; } = new();

    public JsonElement Json { get; }

    public JsonElement[] Sentences { get; }

    public TokenizedExample[] Examples { get; }

    /// <summary>Rank 4 on every query and value layer.</summary>
    public Adapter Adapter { get; }

    public static CpuEngine Open(CpuEngineOptions? options = null) => CpuEngine.Open(Folder, options);

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    public static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];

    public static float[] Weights(string name)
    {
        using var files = HuggingFaceWeights.Open(Folder);
        Assert.True(files.TryFind(name, out var tensor));
        var values = new float[tensor.Count];
        new FolderWeights(files, Folder).ReadFloats(name, [.. tensor.Shape.Select(s => (int)s)], values);
        return values;
    }

    private static double[] Waves(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => Math.Sin((i * 12.9898) + (seed * 78.233)) * 0.05)];
}
