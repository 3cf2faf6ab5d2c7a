using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Training.Local;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Training.Tests.Local;

/// <summary>The trainers drive a language model through the same seam as a classifier.</summary>
public sealed class NextTokenTrainingTests
{
    [Fact]
    public void Training_a_language_model_lowers_its_perplexity_on_other_words_order()
    {
        var token = TestContext.Current.CancellationToken;
        using var engine = GoldenLlama.Open();
        // The model has never seen its sentences backwards.
        TokenizedExample[] examples = [.. GoldenLlama.Instance.Examples.Select(e =>
        {
            var tokens = e.Tokens.ToArray();
            Array.Reverse(tokens);
            return new TokenizedExample(tokens);
        })];
        var modules = LoraTargets.Resolve(engine.Modules, ["q_proj", "v_proj", "down_proj"]);
        var adapter = new Adapter(
            modules.Select(m => AdapterStart.Layer(
                new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 4, 8), FactorStart.Orthonormal, seed: 1)),
            []);
        var layout = new TensorLayout(adapter.Layers.Select(l => l.Shape.B));
        engine.Load(adapter, layout);
        var start = adapter.ToSingle(layout);
        var before = Evaluator.MeasureTokens(engine, start, examples, token);
        var round = new PlainRound
        {
            Steps = 30,
            Batch = 5,
            Optimizer = new OptimizerSettings { Kind = OptimizerKind.Adam, LearningRate = 0.02, Momentum = 0.9 },
        };
        var update = new PlainTrainer(engine).Train(start, examples, round, new SeededSequence(1, "order"), token);
        float[] trained = [.. start.Zip(update.Difference.ToArray(), (s, d) => s + d)];
        var after = Evaluator.MeasureTokens(engine, trained, examples, token);
        Assert.Equal(examples.Sum(e => e.Tokens.Length - 1), after.TargetCount);
        Assert.True(after.Perplexity < before.Perplexity / 4, $"perplexity {before.Perplexity} to {after.Perplexity}");
    }
}
