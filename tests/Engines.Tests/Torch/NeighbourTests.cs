// Goal: adding an example to a private batch changes the sum by that example's own term and nothing else, not by a
// rounding of the others' either, in any precision. Method: sums in whole grid steps, which are exact, with and without
// an example that is longer than all others, alone, and in another order.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class NeighbourTests
{
    private const double Clip = 0.1;

    public static TheoryData<TorchPrecision, WeightFormat, bool> Options => new()
    {
        { TorchPrecision.Full, WeightFormat.Full, false },
        { TorchPrecision.BFloat16, WeightFormat.Full, false },
        { TorchPrecision.BFloat16, WeightFormat.Full, true },
        { TorchPrecision.Full, WeightFormat.FourBit, false },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void One_more_example_of_an_encoder_adds_its_term_alone(
        TorchPrecision precision, WeightFormat format, bool recompute)
    {
        var golden = GoldenBase.Instance;
        using var engine = TorchEngine.Open(
            FedLowRank.Tests.RepositoryFiles.Path("samples", "base"),
            new TorchEngineOptions { Precision = precision, Format = format, Recompute = recompute });
        engine.Load(golden.Adapter, golden.Trainables);
        Check(engine, golden.Trainables, Texts(isClassifier: true, vocabulary: 8192));
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("llama", false)]
    [InlineData("qwen2", false)]
    [InlineData("gpt2", true)]
    [InlineData("gpt2", false)]
    public void One_more_example_of_a_decoder_adds_its_term_alone(string kind, bool isClassifier)
    {
        foreach (var precision in Enum.GetValues<TorchPrecision>())
        {
            using var pair = new EnginePair(
                Config(kind), "", new TorchEngineOptions { Precision = precision });
            var adapter = TinyDecoder.Adapter(pair.Cpu, isClassifier);
            var layout = TinyDecoder.Everything(adapter);
            pair.Torch.Load(adapter, layout);
            Check(pair.Torch, layout, Texts(isClassifier, TinyDecoder.Vocabulary));
        }
    }

    // Rows of whole cache lines, as every real model has them: where a row begins in the middle of one, its sums may be
    // taken in another order.
    private static DecoderConfig Config(string kind) => TinyDecoder.Config(kind) with
    {
        HiddenSize = 64,
        HeadCount = 4,
        KeyValueHeadCount = kind == "gpt2" ? 4 : 2,
        HeadSize = 16,
        FeedForwardSize = 96,
    };

    private static void Check(TorchEngine engine, TensorLayout layout, TokenizedExample[] texts)
    {
        var random = new Random(4);
        float[] parameters = [.. Enumerable.Range(0, layout.Count).Select(_ => 0.1f * (random.NextSingle() - 0.5f))];
        double[] Sum(params TokenizedExample[] examples)
        {
            var sink = new SumCollector(Clip, layout.Count);
            engine.Gradients(parameters, examples, sink);
            Assert.Equal(examples.Length, sink.Counts.Examples);
            return sink.Sum;
        }

        var without = Sum(texts[1..]);
        var term = Sum(texts[0]);
        Assert.NotEqual(0, term.Sum(Math.Abs));
        var expected = without.Zip(term, (a, b) => a + b).ToArray();
        Assert.Equal(expected, Sum(texts));
        Assert.Equal(expected, Sum([.. texts.Reverse()]));
        var terms = texts.Select(text => Sum(text)).ToList();
        Assert.Equal(expected, Enumerable.Range(0, layout.Count).Select(i => terms.Sum(one => one[i])).ToArray());
    }

    /// <summary>The first is the longest; the others have all widths, some twice.</summary>
    private static TokenizedExample[] Texts(bool isClassifier, int vocabulary)
    {
        var random = new Random(17);
        return [.. new[] { 61, 3, 16, 17, 2, 40, 33, 3, 9, 48, 5, 31, 7, 7, 12, 20, 26 }.Select((length, i) =>
        {
            int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(3, vocabulary))];
            return isClassifier ? new TokenizedExample(tokens, i % 2) : new TokenizedExample(tokens);
        })];
    }
}
