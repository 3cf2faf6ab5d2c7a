// Goal: the engine computes what a float64 reference computed on the same weights, within 1e-4 relative.
using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Training.Tests.Engine;

public sealed class GoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    private static readonly GoldenBase Golden = GoldenBase.Instance;

    [Fact]
    public void Hidden_states_agree()
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.WithoutLora, new TensorLayout([]));
        var worst = 0.0;
        foreach (var (example, sentence) in Golden.Examples.Zip(Golden.Json.GetProperty("sentences").EnumerateArray()))
        {
            var hidden = engine.HiddenStates([], example);
            var width = engine.Config.HiddenSize;
            for (var t = 0; t < example.Tokens.Length; t++)
            {
                var expected = sentence.GetProperty("last_hidden")[t];
                var norm = expected.GetProperty("norm").GetDouble();
                var row = hidden.AsSpan(t * width, width);
                var actualNorm = Math.Sqrt(row.ToArray().Sum(v => (double)v * v));
                worst = Math.Max(worst, Math.Abs(actualNorm - norm) / norm);
                for (var i = 0; i < 8; i++)
                {
                    var first = expected.GetProperty("first8")[i].GetDouble();
                    var last = expected.GetProperty("last8")[i].GetDouble();
                    worst = Math.Max(worst, Math.Abs(row[i] - first) / norm * Math.Sqrt(width));
                    worst = Math.Max(worst, Math.Abs(row[width - 8 + i] - last) / norm * Math.Sqrt(width));
                }
            }
        }

        output.WriteLine($"worst relative difference {worst:e2}");
        Assert.InRange(worst, 0, Tolerance);
    }

    [Theory]
    [InlineData("classifier")]
    [InlineData("lora")]
    public void Losses_and_predictions_agree(string kind)
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(kind == "lora" ? Golden.Adapter : Golden.WithoutLora, new TensorLayout([]));
        var predictions = new Prediction[Golden.Examples.Length];
        engine.Evaluate([], Golden.Examples, predictions);
        var expected = Golden.Json.GetProperty(kind);
        for (var i = 0; i < predictions.Length; i++)
        {
            var loss = expected.GetProperty("loss_per_example")[i].GetDouble();
            var logits = expected.GetProperty("logits")[i].EnumerateArray().Select(v => v.GetDouble()).ToList();
            Assert.InRange(Math.Abs(predictions[i].Loss - loss) / loss, 0, Tolerance);
            Assert.Equal(logits.IndexOf(logits.Max()), predictions[i].Label);
        }
    }

    [Fact]
    public void Per_example_gradients_and_norms_agree()
    {
        var rows = Rows(Golden.Trainables, Golden.Examples);
        var norms = Golden.Json.GetProperty("lora").GetProperty("norm_per_example_all");
        for (var i = 0; i < rows.Count; i++)
        {
            AssertClose(Golden.Trainables, GoldenBase.Gradient(Golden.Trainables, "per_example", i), rows[i]);
            var norm = Math.Sqrt(rows[i].Sum(v => (double)v * v));
            Assert.InRange(Math.Abs(norm / norms[i].GetDouble() - 1), 0, Tolerance);
        }
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1.0, "1.0")]
    [InlineData(9.0, "9.0")]
    public void Clipped_sums_agree(double clip, string name)
    {
        var actual = new float[Golden.Trainables.Count];
        foreach (var row in Rows(Golden.Trainables, Golden.Examples))
        {
            var factor = Math.Min(1, clip / Math.Sqrt(row.Sum(v => (double)v * v)));
            for (var j = 0; j < row.Length; j++)
            {
                actual[j] += (float)(factor * row[j]);
            }
        }

        AssertClose(Golden.Trainables, GoldenBase.Gradient(Golden.Trainables, $"clipped_sum_C{name}", null), actual);
    }

    [Fact]
    public void Mean_gradients_of_every_tensor_agree()
    {
        var layout = Golden.Adapter.Layout;
        var rows = Rows(layout, Golden.Examples);
        var mean = Enumerable.Range(0, layout.Count).Select(j => (float)rows.Average(r => (double)r[j])).ToArray();
        AssertClose(layout, GoldenBase.Gradient(layout, "batch_mean_grad", null), mean);
    }

    [Fact]
    public void Gradients_of_a_batch_equal_those_of_batches_of_one()
    {
        var together = Rows(Golden.Trainables, Golden.Examples);
        for (var i = 0; i < Golden.Examples.Length; i++)
        {
            Assert.Equal(Assert.Single(Rows(Golden.Trainables, [Golden.Examples[i]])), together[i]);
        }
    }

    private static List<float[]> Rows(TensorLayout trainables, TokenizedExample[] examples)
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.Adapter, trainables);
        var rows = new RowCollector(trainables.Count);
        engine.Gradients(Golden.Adapter.ToSingle(trainables), examples, rows);
        return rows.Rows;
    }

    /// <summary>Each tensor's largest difference, as a share of that tensor's largest value.</summary>
    private void AssertClose(TensorLayout layout, float[] expected, float[] actual)
    {
        var worst = 0.0;
        for (var t = 0; t < layout.Tensors.Length; t++)
        {
            var left = layout.Slice(expected.AsSpan(), t).ToArray();
            var right = layout.Slice(actual.AsSpan(), t).ToArray();
            var relative = left.Zip(right).Max(p => Math.Abs(p.First - p.Second)) / left.Max(Math.Abs);
            Assert.True(relative <= Tolerance, $"{layout.Tensors[t].Name} differs by {relative:e2}");
            worst = Math.Max(worst, relative);
        }

        output.WriteLine($"worst relative difference {worst:e2}");
    }
}
