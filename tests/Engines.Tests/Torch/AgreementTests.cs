// Goal: the Torch engine computes what the CPU engine computes, for every kind of model and of trainable.
// Method: random small models, adapters and sets of trainables; the seed is in the test's name.
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class AgreementTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

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
            Assert.InRange(pair.WorstDifference(layout, parameters, examples), 0, Tolerance);
        }
    }
}
