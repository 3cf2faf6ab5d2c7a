// Goal: the Torch engine computes what the CPU engine computes, for every kind of model and of trainable.
// Method: random small models, adapters and sets of trainables; the seed is in the test's name.
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class AgreementTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    public static TheoryData<string, bool, int> Decoders => new(
        from kind in TinyDecoder.Kinds.Select(k => k.Data)
        from isClassifier in new[] { false, true }
        from seed in Enumerable.Range(0, 4)
        select (kind, isClassifier, seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_random_encoder_agrees(int seed)
    {
        var random = new Random(seed);
        var config = RandomModels.Encoder(random);
        using var pair = new EnginePair(
            config, config.Family == EncoderFamily.Bert ? "bert." : "roberta.",
            new TorchEngineOptions { Recompute = seed % 2 == 1 });
        // The second round meets what the first has left behind.
        for (var round = 0; round < 2; round++)
        {
            var labels = 2 + random.Next(2);
            var adapter = RandomModels.Adapter(config, HeadTensors.For(config, labels), random);
            var layout = RandomModels.Trainables(adapter, random);
            pair.Load(adapter, layout);
            var examples = RandomModels.Examples(config, labels, random.Next(6), random);
            var parameters = RandomModels.Parameters(layout, random);
            AssertAgree(pair.WorstDifference(layout, parameters, examples));
        }
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_decoder_agrees(string kind, bool isClassifier, int seed)
    {
        var random = new Random(seed);
        var config = TinyDecoder.Config(kind);
        using var pair = new EnginePair(config, "", new TorchEngineOptions { Recompute = seed % 2 == 1 });
        for (var round = 0; round < 2; round++)
        {
            int? labels = isClassifier ? 2 + random.Next(2) : null;
            var adapter = RandomModels.Adapter(
                config, labels == null ? [] : HeadTensors.For(config, labels.Value), random);
            var layout = RandomModels.Trainables(adapter, random);
            pair.Load(adapter, layout);
            var examples = RandomModels.Examples(config, labels, random.Next(6), random);
            var parameters = RandomModels.Parameters(layout, random);
            AssertAgree(pair.WorstDifference(layout, parameters, examples));
        }
    }

    [Theory]
    [MemberData(nameof(TinyDecoder.Kinds), MemberType = typeof(TinyDecoder))]
    public void Every_layer_and_every_tensor_of_a_decoder_agrees(string kind)
    {
        using var pair = new EnginePair(TinyDecoder.Config(kind), "");
        foreach (var isClassifier in new[] { false, true })
        {
            var adapter = TinyDecoder.Adapter(pair.Cpu, isClassifier);
            var layout = TinyDecoder.Everything(adapter);
            pair.Load(adapter, layout);
            var parameters = RandomModels.Parameters(layout, new Random(3));
            AssertAgree(pair.WorstDifference(layout, parameters, TinyDecoder.Examples(isClassifier)));
        }
    }

    private void AssertAgree(double worst)
    {
        output.WriteLine($"worst relative difference {worst:e2}");
        Assert.InRange(worst, 0, Tolerance);
    }
}
