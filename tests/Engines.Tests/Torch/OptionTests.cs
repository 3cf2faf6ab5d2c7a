// Goal: how the engine uses its device changes no result but for rounding, and bf16 by no more than its precision.
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;
using FedLowRank.Training.Files;
using FedLowRank.Training.Quantization;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class OptionTests(ITestOutputHelper output)
{
    private static readonly GoldenBase Golden = GoldenBase.Instance;

    public static TheoryData<string, bool, WeightFormat> Quantized => new(
        from kind in TinyDecoder.Kinds.Select(k => k.Data)
        from isClassifier in new[] { false, true }
        from format in new[] { WeightFormat.EightBit, WeightFormat.FourBit }
        select (kind, isClassifier, format));

    [Fact]
    public void Recomputed_activations_give_the_same_gradients()
    {
        var kept = Rows(new TorchEngineOptions());
        var anew = Rows(new TorchEngineOptions { Recompute = true });
        // The same operations on the same values.
        Assert.Equal(kept, anew);
    }

    [Fact]
    public void The_same_step_gives_the_same_bits() =>
        Assert.Equal(Rows(new TorchEngineOptions()), Rows(new TorchEngineOptions()));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_of_a_batch_equal_those_of_batches_of_one(bool isEncoder)
    {
        using var engine = TorchEngine.Open(
            isEncoder ? RepositoryFiles.Path("samples", "base") : GoldenLlama.Folder);
        var adapter = isEncoder ? Golden.Adapter : GoldenLlama.Instance.Adapter;
        var examples = isEncoder ? Golden.Examples : GoldenLlama.Instance.Examples;
        engine.Load(adapter, adapter.Layout);
        var parameters = adapter.ToSingle(adapter.Layout);
        var together = EnginePair.Rows(engine, adapter.Layout, parameters, examples);
        var worst = 0.0;
        for (var i = 0; i < examples.Length; i++)
        {
            var alone = Assert.Single(EnginePair.Rows(engine, adapter.Layout, parameters, [examples[i]]));
            worst = Math.Max(worst, EnginePair.Difference(alone, together[i]));
        }

        output.WriteLine($"worst relative difference {worst:e2}");
        Assert.InRange(worst, 0, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_precision_is_near(bool recompute)
    {
        var full = Rows(new TorchEngineOptions());
        var half = Rows(new TorchEngineOptions { Precision = TorchPrecision.BFloat16, Recompute = recompute });
        var worst = 0.0;
        for (var i = 0; i < full.Count; i++)
        {
            var (dot, left, right) = (0.0, 0.0, 0.0);
            for (var j = 0; j < full[i].Length; j++)
            {
                dot += (double)full[i][j] * half[i][j];
                left += (double)full[i][j] * full[i][j];
                right += (double)half[i][j] * half[i][j];
            }

            // |x - y| / |x|
            worst = Math.Max(worst, Math.Sqrt(Math.Max(0, left + right - (2 * dot)) / left));
        }

        output.WriteLine($"worst distance {worst:e2}");
        // bf16 has 8 bits; four layers add up.
        Assert.InRange(worst, 1e-4, 0.1);
    }

    [Theory]
    [MemberData(nameof(Quantized))]
    public void A_quantised_decoder_agrees(string kind, bool isClassifier, WeightFormat format)
    {
        using var pair = new EnginePair(TinyDecoder.Config(kind), "", new TorchEngineOptions { Format = format });
        var adapter = TinyDecoder.Adapter(pair.Cpu, isClassifier);
        var layout = TinyDecoder.Everything(adapter);
        pair.Load(adapter, layout);
        var parameters = RandomModels.Parameters(layout, new Random(3));
        Assert.InRange(pair.WorstDifference(layout, parameters, TinyDecoder.Examples(isClassifier)), 0, 1e-4);
    }

    [Theory]
    [InlineData(WeightFormat.EightBit)]
    [InlineData(WeightFormat.FourBit)]
    public void A_quantised_encoder_agrees(WeightFormat format)
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var config = RandomModels.Encoder(random);
            using var pair = new EnginePair(
                config, config.Family == Training.Models.EncoderFamily.Bert ? "bert." : "roberta.",
                new TorchEngineOptions { Format = format });
            var adapter = RandomModels.Adapter(config, Training.Engine.HeadTensors.For(config, 3), random);
            pair.Load(adapter, adapter.Layout);
            var parameters = RandomModels.Parameters(adapter.Layout, random);
            var examples = RandomModels.Examples(config, 3, 5, random);
            var worst = pair.WorstDifference(adapter.Layout, parameters, examples);
            Assert.True(worst <= 1e-4, $"seed {seed}: {worst:e2}");
        }
    }

    [Fact]
    public void Codes_take_a_fraction_of_the_memory()
    {
        long Bytes(TorchEngineOptions options)
        {
            using var engine = Open(options);
            return engine.WeightBytes;
        }

        var linears = Open().Modules.Sum(m => (long)m.InputWidth * m.OutputWidth);
        var full = Bytes(new TorchEngineOptions());
        // A byte or half of one for each weight, and 4 bytes for each 64.
        Assert.Equal(full - (linears * 4) + (linears * 17 / 16), Bytes(new() { Format = WeightFormat.EightBit }));
        Assert.InRange(
            Bytes(new() { Format = WeightFormat.FourBit }) - (full - (linears * 4) + (linears * 9 / 16)), 0, 100_000);
    }

    [Theory]
    [InlineData(WeightFormat.Full)]
    [InlineData(WeightFormat.EightBit)]
    [InlineData(WeightFormat.FourBit)]
    public void What_weights_take_is_known_from_the_files(WeightFormat format)
    {
        var folder = RepositoryFiles.Path("samples", "base");
        using var files = HuggingFaceWeights.Open(folder);
        foreach (var precision in Enum.GetValues<TorchPrecision>())
        {
            using var engine = Open(new TorchEngineOptions { Format = format, Precision = precision });
            var estimate = WeightMemory.Estimate(
                engine.Config, files, format, precision == TorchPrecision.Full ? 4 : 2);
            Assert.InRange((double)estimate / engine.WeightBytes, 0.95, 1.05);
        }
    }

    private static TorchEngine Open(TorchEngineOptions? options = null) =>
        TorchEngine.Open(RepositoryFiles.Path("samples", "base"), options);

    private static List<float[]> Rows(TorchEngineOptions options)
    {
        using var engine = Open(options);
        var layout = Golden.Adapter.Layout;
        engine.Load(Golden.Adapter, layout);
        return EnginePair.Rows(engine, layout, Golden.Adapter.ToSingle(layout), Golden.Examples);
    }
}
