// Goal: the Torch engine computes what a float64 reference computed on the same weights, within 1e-4 relative.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class GoldenTests
{
    private const double Tolerance = 1e-4;

    private static readonly GoldenBase Golden = GoldenBase.Instance;

    [Theory]
    [InlineData("classifier")]
    [InlineData("lora")]
    public void Losses_and_predictions_of_the_sample_encoder_agree(string kind)
    {
        using var engine = TorchEngine.Open(RepositoryFiles.Path("samples", "base"));
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
    public void Per_example_gradients_of_the_sample_encoder_agree()
    {
        var layout = Golden.Trainables;
        using var engine = TorchEngine.Open(RepositoryFiles.Path("samples", "base"));
        engine.Load(Golden.Adapter, layout);
        var rows = EnginePair.Rows(engine, layout, Golden.Adapter.ToSingle(layout), Golden.Examples);
        Assert.Equal(Golden.Examples.Length, rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var expected = GoldenBase.Gradient(layout, "per_example", i);
            for (var t = 0; t < layout.Tensors.Length; t++)
            {
                var difference = EnginePair.Difference(
                    layout.Slice<float>(expected, t), layout.Slice<float>(rows[i], t));
                Assert.True(difference <= Tolerance, $"{layout.Tensors[t].Name} differs by {difference:e2}");
            }
        }
    }
}
