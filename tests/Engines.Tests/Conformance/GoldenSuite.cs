// Goal: every engine computes what a float64 reference computed on the same weights, within 1e-4 relative.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Engines.Tests.Conformance;

/// <summary>The references of the sample encoder and of a small real Llama.</summary>
/// <param name="kind">The engine.</param>
/// <param name="output">Takes the differences.</param>
public abstract class GoldenSuite(EngineKind kind, ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    private static readonly string Base = RepositoryFiles.Path("samples", "base");
    private static readonly GoldenBase Encoder = GoldenBase.Instance;
    private static readonly GoldenLlama Llama = GoldenLlama.Instance;

    [Theory]
    [InlineData("classifier")]
    [InlineData("lora")]
    public void Losses_and_labels_of_the_encoder_agree(string part)
    {
        using var engine = kind.Open(Base);
        engine.Load(part == "lora" ? Encoder.Adapter : Encoder.WithoutLora, new TensorLayout([]));
        var predictions = new Prediction[Encoder.Examples.Length];
        engine.Evaluate([], Encoder.Examples, predictions);
        var expected = Encoder.Json.GetProperty(part);
        for (var i = 0; i < predictions.Length; i++)
        {
            var logits = expected.GetProperty("logits")[i].EnumerateArray().Select(v => v.GetDouble()).ToList();
            Assert.Equal((logits.IndexOf(logits.Max()), 1), (predictions[i].Label, predictions[i].TargetCount));
            var loss = expected.GetProperty("loss_per_example")[i].GetDouble();
            Within($"loss of example {i}", Math.Abs(predictions[i].Loss - loss) / loss);
        }
    }

    [Fact]
    public void Gradients_of_every_example_agree()
    {
        var layout = Encoder.Trainables;
        var rows = Rows(layout);
        var norms = Encoder.Json.GetProperty("lora").GetProperty("norm_per_example_all");
        for (var i = 0; i < rows.Count; i++)
        {
            Within($"gradient {i}", Differences.OfTensors(
                layout, GoldenBase.Gradient(layout, "per_example", i), rows[i]));
            var norm = Math.Sqrt(rows[i].Sum(v => (double)v * v));
            Within($"norm {i}", Math.Abs((norm / norms[i].GetDouble()) - 1));
        }
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1.0, "1.0")]
    [InlineData(9.0, "9.0")]
    public void Clipped_sums_agree(double clip, string name)
    {
        var layout = Encoder.Trainables;
        using var engine = kind.Open(Base);
        engine.Load(Encoder.Adapter, layout);
        var sum = Differences.ClippedSum(
            engine, layout, Encoder.Adapter.ToSingle(layout), Encoder.Examples, clip);
        var expected = GoldenBase.Gradient(layout, $"clipped_sum_C{name}", null);
        Within($"clipped sum, C = {name}", Differences.OfTensors(layout, expected, [.. sum.Select(v => (float)v)]));
    }

    [Fact]
    public void The_mean_gradient_of_every_tensor_agrees()
    {
        var layout = Encoder.Adapter.Layout;
        var rows = Rows(layout);
        var mean = Enumerable.Range(0, layout.Count).Select(j => (float)rows.Average(r => (double)r[j])).ToArray();
        Within("mean", Differences.OfTensors(layout, GoldenBase.Gradient(layout, "batch_mean_grad", null), mean));
    }

    [Fact]
    public void The_loss_of_every_sentence_agrees_for_the_llama()
    {
        using var engine = kind.Open(GoldenLlama.Folder);
        engine.Load(GoldenLlama.WithoutLora, new TensorLayout([]));
        var predictions = new Prediction[Llama.Examples.Length];
        engine.Evaluate([], Llama.Examples, predictions);
        for (var i = 0; i < predictions.Length; i++)
        {
            var mean = Llama.Sentences[i].GetProperty("mean_nll").GetDouble();
            Within($"loss of sentence {i}", Math.Abs(predictions[i].Loss - mean) / mean);
            Assert.Equal(Llama.Examples[i].Tokens.Length - 1, predictions[i].TargetCount);
        }
    }

    [Fact]
    public void Loss_and_gradients_with_low_rank_layers_agree_for_the_llama()
    {
        var check = Llama.Json.GetProperty("lora_check");
        var example = Llama.Examples[check.GetProperty("sentence").GetInt32()];
        var (layout, prediction) = (Llama.Adapter.Layout, new Prediction[1]);
        using var engine = kind.Open(GoldenLlama.Folder);
        engine.Load(Llama.Adapter, layout);
        var parameters = Llama.Adapter.ToSingle(layout);
        engine.Evaluate(parameters, [example], prediction);
        var loss = check.GetProperty("loss").GetDouble();
        Within("loss", Math.Abs(prediction[0].Loss - loss) / loss);

        var row = Assert.Single(Differences.Rows(engine, layout, parameters, [example]));
        foreach (var layer in Llama.Adapter.Layers)
        {
            var expected = check.GetProperty("grads").GetProperty(layer.Shape.Module + ".weight");
            foreach (var (spec, norm, first) in new[]
                { (layer.Shape.A, "A_norm", "A_row0_first8"), (layer.Shape.B, "B_norm", "B_first8") })
            {
                var actual = layout.Slice<float>(row, layout.IndexOf(spec.Name)).ToArray();
                var size = expected.GetProperty(norm).GetDouble();
                Within(spec.Name, Math.Abs(Math.Sqrt(actual.Sum(v => (double)v * v)) - size) / size);
                var values = GoldenLlama.Doubles(expected.GetProperty(first));
                Within(spec.Name, values.Zip(actual, (e, a) => Math.Abs(e - a)).Max() / size);
            }
        }
    }

    private List<float[]> Rows(TensorLayout layout)
    {
        using var engine = kind.Open(Base);
        engine.Load(Encoder.Adapter, layout);
        return Differences.Rows(engine, layout, Encoder.Adapter.ToSingle(layout), Encoder.Examples);
    }

    private void Within(string what, double difference)
    {
        output.WriteLine($"{kind.Name}: {what} differs by {difference:e2}");
        Assert.True(difference <= Tolerance, $"{what} differs by {difference:e2}");
    }
}

public sealed class CpuGoldenTests(ITestOutputHelper output) : GoldenSuite(EngineKind.Cpu, output);

public sealed class TorchGoldenTests(ITestOutputHelper output) : GoldenSuite(EngineKind.Torch, output);

public sealed class RecomputingGoldenTests(ITestOutputHelper output)
    : GoldenSuite(EngineKind.TorchRecomputing, output);
