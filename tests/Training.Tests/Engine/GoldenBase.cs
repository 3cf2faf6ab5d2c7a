using System.IO.Compression;
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>The float64 references for the sample encoder, and the adapter that they were computed with.</summary>
internal sealed class GoldenBase
{
    private const int Rank = 4;
    private const double Alpha = 8;

    private GoldenBase()
    {
        using var file = File.OpenRead(RepositoryFiles.Path("tests", "golden", "base", "golden.json.gz"));
        using var json = new GZipStream(file, CompressionMode.Decompress);
        Json = JsonDocument.Parse(json).RootElement;
        using var engine = OpenEngine();
        using var tensors = Open("head_and_lora.safetensors");
        double[] Values(string name)
        {
            var values = new float[tensors.Header.Find(name).Count];
            tensors.ReadFloats(name, values);
            return [.. values.Select(v => (double)v)];
        }

        LoraFactors Layer(string module)
        {
            var width = engine.Config.HiddenSize;
            var shape = new LoraShape(module, width, width, Rank, Alpha);
            return new LoraFactors(shape, Values(module + ".lora_A"), Values(module + ".lora_B"));
        }

        var modules = Enumerable.Range(0, engine.Config.LayerCount)
            .SelectMany(l => new[] { "query", "value" }.Select(n => $"roberta.encoder.layer.{l}.attention.self.{n}"));
        var head = HeadTensors.For(engine.Config, 4).Select(s => new NamedTensor(s, Values(s.Name)));
        Adapter = new Adapter(modules.Select(Layer), head);
        WithoutLora = new Adapter([], Adapter.Head);
        var labels = Json.GetProperty("classifier").GetProperty("labels");
        Examples = [.. Json.GetProperty("sentences").EnumerateArray().Select((s, i) =>
        {
            var ids = s.GetProperty("input_ids").EnumerateArray().Select(t => t.GetInt32());
            return new TokenizedExample([.. ids.Take(s.GetProperty("length").GetInt32())], labels[i].GetInt32());
        })];
    }

    public static GoldenBase Instance { get; } = new();

    public JsonElement Json { get; }

    public Adapter Adapter { get; }

    public Adapter WithoutLora { get; }

    public TokenizedExample[] Examples { get; }

    /// <summary>The trainables of the references: every B, then the head's output layer.</summary>
    public TensorLayout Trainables => new(Adapter.Layers.Select(l => l.Shape.B)
        .Concat(Adapter.Head.Select(h => h.Spec).Where(s => s.Name.Contains("out_proj", StringComparison.Ordinal))));

    public static CpuEngine OpenEngine(CpuEngineOptions? options = null) =>
        CpuEngine.Open(RepositoryFiles.Path("samples", "base"), options);

    public static MappedSafetensors Open(string name) =>
        MappedSafetensors.Open(RepositoryFiles.Path("tests", "golden", "base", name));

    /// <summary>One reference gradient, flat in <paramref name="layout"/>, for one example or for the batch.</summary>
    public static float[] Gradient(TensorLayout layout, string kind, int? example)
    {
        using var file = Open("lora_gradients.safetensors");
        var flat = new float[layout.Count];
        for (var t = 0; t < layout.Tensors.Length; t++)
        {
            var spec = layout.Tensors[t];
            var isFactor = spec.Name.Contains(".lora_", StringComparison.Ordinal);
            var name = isFactor ? spec.Name[..^".weight".Length] : spec.Name;
            var all = new float[file.Header.Find($"{kind}/{name}").Count];
            file.ReadFloats($"{kind}/{name}", all);
            all.AsSpan((example ?? 0) * spec.Count, spec.Count).CopyTo(layout.Slice(flat.AsSpan(), t));
        }

        return flat;
    }
}
