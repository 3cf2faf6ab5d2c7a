// Goal: the engine computes what a float64 reference computed on a real Llama's weights, within 1e-4 relative.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class DecoderGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    private static readonly GoldenLlama Golden = GoldenLlama.Instance;

    [Fact]
    public void The_output_of_every_layer_agrees()
    {
        var config = DecoderConfig.Read(Path.Combine(GoldenLlama.Folder, "config.json"));
        var gamma = GoldenLlama.Weights("model.norm.weight");
        for (var layers = 1; layers <= config.LayerCount; layers++)
        {
            using var files = HuggingFaceWeights.Open(GoldenLlama.Folder);
            using var engine = new CpuEngine(
                config with { LayerCount = layers }, new FolderWeights(files, GoldenLlama.Folder));
            engine.Load(GoldenLlama.WithoutLora, new TensorLayout([]));
            foreach (var (sentence, example) in Golden.Sentences.Zip(Golden.Examples))
            {
                // The engine shows a layer's output through the final norm.
                var before = GoldenLlama.Doubles(sentence.GetProperty("hidden_last")[layers]);
                var rms = Math.Sqrt(before.Average(v => v * v) + config.NormEpsilon);
                AssertClose(
                    [.. before.Zip(gamma, (v, g) => g * v / rms)],
                    engine.HiddenStates([], example).AsSpan(^config.HiddenSize..));
            }
        }
    }

    [Fact]
    public void Logits_after_the_last_token_agree()
    {
        using var engine = GoldenLlama.Open();
        engine.Load(GoldenLlama.WithoutLora, new TensorLayout([]));
        var embedding = GoldenLlama.Weights("model.embed_tokens.weight");
        foreach (var (sentence, example) in Golden.Sentences.Zip(Golden.Examples))
        {
            var hidden = engine.HiddenStates([], example)[^engine.Config.HiddenSize..];
            AssertClose(GoldenLlama.Doubles(sentence.GetProperty("final_norm_last")), hidden);
            var logits = embedding.Chunk(hidden.Length).Select(row => row.Zip(hidden, (w, h) => w * h).Sum());
            AssertClose(GoldenLlama.Doubles(sentence.GetProperty("logits_last")), [.. logits]);
        }
    }

    [Fact]
    public void The_loss_of_every_token_and_of_every_sentence_agrees()
    {
        using var engine = GoldenLlama.Open();
        engine.Load(GoldenLlama.WithoutLora, new TensorLayout([]));
        foreach (var (sentence, example) in Golden.Sentences.Zip(Golden.Examples))
        {
            var expected = GoldenLlama.Doubles(sentence.GetProperty("nll"));
            var prefixes = Enumerable.Range(2, expected.Length)
                .Select(length => new TokenizedExample(example.Tokens[..length].ToArray())).ToArray();
            var predictions = new Prediction[prefixes.Length];
            engine.Evaluate([], prefixes, predictions);
            var before = 0.0;
            for (var t = 0; t < expected.Length; t++)
            {
                Assert.Equal((-1, t + 1), (predictions[t].Label, predictions[t].TargetCount));
                var sum = (double)predictions[t].Loss * (t + 1);
                Assert.InRange(Math.Abs(sum - before - expected[t]), 0, Tolerance * Math.Max(1, expected.Max()));
                before = sum;
            }

            var mean = sentence.GetProperty("mean_nll").GetDouble();
            Assert.InRange(Math.Abs(predictions[^1].Loss - mean) / mean, 0, Tolerance);
        }
    }

    [Fact]
    public void Loss_and_gradients_with_low_rank_layers_agree()
    {
        var check = Golden.Json.GetProperty("lora_check");
        var example = Golden.Examples[check.GetProperty("sentence").GetInt32()];
        var (layout, prediction) = (Golden.Adapter.Layout, new Prediction[1]);
        using var engine = GoldenLlama.Open();
        engine.Load(Golden.Adapter, layout);
        var parameters = Golden.Adapter.ToSingle(layout);
        engine.Evaluate(parameters, [example], prediction);
        var loss = check.GetProperty("loss").GetDouble();
        Assert.InRange(Math.Abs(prediction[0].Loss - loss) / loss, 0, Tolerance);

        var rows = new RowCollector(layout.Count);
        engine.Gradients(parameters, [example], rows);
        foreach (var layer in Golden.Adapter.Layers)
        {
            var expected = check.GetProperty("grads").GetProperty(layer.Shape.Module + ".weight");
            foreach (var (spec, norm, first) in new[]
                { (layer.Shape.A, "A_norm", "A_row0_first8"), (layer.Shape.B, "B_norm", "B_first8") })
            {
                var actual = layout.Slice<float>(rows.Rows[0], layout.IndexOf(spec.Name)).ToArray();
                var size = expected.GetProperty(norm).GetDouble();
                var relative = Math.Abs(Math.Sqrt(actual.Sum(v => (double)v * v)) - size) / size;
                Assert.True(relative <= Tolerance, $"the norm of {spec.Name} differs by {relative:e2}");
                var values = GoldenLlama.Doubles(expected.GetProperty(first));
                var worst = values.Zip(actual, (e, a) => Math.Abs(e - a)).Max() / size;
                Assert.True(worst <= Tolerance, $"{spec.Name} differs by {worst:e2}");
                output.WriteLine($"{spec.Name}: norm {relative:e2}, values {worst:e2}");
            }
        }
    }

    /// <summary>The largest difference, as a share of the largest value.</summary>
    private void AssertClose(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        }

        worst /= expected.Max(Math.Abs);
        output.WriteLine($"worst relative difference {worst:e2}");
        Assert.InRange(worst, 0, Tolerance);
    }
}
