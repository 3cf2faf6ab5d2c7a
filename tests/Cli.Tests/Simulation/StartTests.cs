using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>Where A starts in a simulation: what each start looks at, and that the public ones cost nothing.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TinyWorld world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => world.Dispose();

    private static (string Old, string New) Calibrated(string more = "") =>
        ("'orthonormal'", $"'calibrated', 'publicText': {{ 'path': 'public.tsv'{more} }}");

    private static (string Old, string New) Sketch => ("'orthonormal'", "'gradientSketch'");

    private static Matrix StartOf(SimulationConfig config)
    {
        var model = TinyWorld.OpenModel("");
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var layer = SimulatedFederation.Create(config, model, data, new RdpAccountant()).State.Layers[0];
        Assert.All(layer.B.ToArray(), value => Assert.Equal(0, value));
        return new Matrix(layer.Shape.Rank, layer.Shape.InputWidth, layer.A.ToArray());
    }

    private void WritePublicTexts() => world.Write(
        "public.tsv", "text\tpart\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{i} {i + 1}\t{i % 2}\n")));

    [Fact]
    public void A_principal_start_takes_the_directions_of_the_weights()
    {
        var model = new BagOfTokensEngine(24, 40);
        var expected = DominantDirections.OfRows(model.WeightOf(BagOfTokensEngine.Module), 4);
        Assert.Equal(expected.Values, StartOf(world.Config(("'orthonormal'", "'principal'"))).Values);
    }

    [Theory]
    [InlineData("orthonormal")]
    [InlineData("principal")]
    public void Fed_sb_starts_between_two_orthonormal_factors_with_the_model_unchanged(string start)
    {
        var config = world.Config(("'fedsvd'", "'fed-sb'"), ("'orthonormal'", $"'{start}'"));
        var model = TinyWorld.OpenModel("");
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var layer = SimulatedFederation.Create(config, model, data, new RdpAccountant()).State.Layers[0];
        var b = new Matrix(layer.Shape.OutputWidth, layer.Shape.Rank, layer.B.ToArray());
        Assert.True(FactorRefresh.OrthonormalityError(b.Transposed()) < 1e-13);
        Assert.All(layer.Inner.ToArray(), value => Assert.Equal(0, value));

        // The weights of the stand-in are diagonal: the principal directions are the first axes on both sides.
        Assert.Equal(start == "principal", Math.Abs(b[0, 0]) > 1 - 1e-9);
    }

    [Fact]
    public void A_calibrated_start_takes_the_directions_of_the_public_texts_asked_for()
    {
        WritePublicTexts();
        var whole = StartOf(world.Config(Calibrated()));
        var part = StartOf(world.Config(Calibrated(", 'split': '1', 'splitColumn': 'part'")));
        var few = StartOf(world.Config(Calibrated(", 'split': '1', 'splitColumn': 'part', 'examplesMax': 6")));
        foreach (var start in (Matrix[])[whole, part, few])
        {
            Assert.True(FactorRefresh.OrthonormalityError(start) < 1e-13);
        }

        var engine = new BagOfTokensEngine(24, 40);
        var texts = Enumerable.Range(0, 30).Where(i => i % 2 == 1).Take(6)
            .Select(i => new Training.TokenizedExample([i, i + 1], 0)).ToArray();
        var moment = engine.InputSecondMoments([], [BagOfTokensEngine.Module], texts)[BagOfTokensEngine.Module];
        Assert.Equal(DominantDirections.OfSymmetric(moment, 4).Values, few.Values);
        Assert.NotEqual(whole.Values, part.Values);
        Assert.NotEqual(part.Values, few.Values);
    }

    [Theory]
    [InlineData("int8", WeightFormat.EightBit)]
    [InlineData("nf4", WeightFormat.FourBit)]
    public void A_cloq_start_makes_up_for_what_the_format_does_to_the_weights(string name, WeightFormat format)
    {
        WritePublicTexts();
        var start = ("'orthonormal'", "'cloq', 'publicText': { 'path': 'public.tsv', 'examplesMax': 6 }");
        var config = world.Config(start, ("'seed': 7", $"'seed': 7, 'baseFormat': '{name}'"));
        Assert.Equal(format, config.BaseFormat);
        var model = TinyWorld.OpenModel("");
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var layer = SimulatedFederation.Create(config, model, data, new RdpAccountant()).State.Layers[0];

        var engine = new BagOfTokensEngine(24, 40);
        var weight = engine.WeightOf(BagOfTokensEngine.Module);
        var values = weight.Values.Select(v => (float)v).ToArray();
        QuantizedMatrix.Quantize(values, weight.Rows, weight.Columns, format).Dequantize(values);
        var quantized = new Matrix(weight.Rows, weight.Columns, [.. values.Select(v => (double)v)]);
        var texts = Enumerable.Range(0, 6).Select(i => new Training.TokenizedExample([i, i + 1], 0)).ToArray();
        var moment = engine.InputSecondMoments([], [BagOfTokensEngine.Module], texts)[BagOfTokensEngine.Module];
        var expected = CloqStart.Layer(layer.Shape, weight, quantized, moment);
        Assert.Equal(expected.A.ToArray(), layer.A.ToArray());
        Assert.Equal(expected.B.ToArray(), layer.B.ToArray());
    }

    [Fact]
    public void A_simulation_refuses_models_that_are_not_for_its_format()
    {
        var (full, quantized) = (world.Config(), world.Config(("'seed': 7", "'seed': 7, 'baseFormat': 'nf4'")));
        var model = TinyWorld.OpenModel("");
        var data = SimulationData.Load(full.Data, model.Tokenizer);
        var random = new SeededRandomSource(1);
        var plain = new Simulator(model, random, TimeProvider.System);
        var other = new Simulator(model, random, TimeProvider.System, TinyWorld.OpenModel(""));
        var progress = new TinyWorld.SilentProgress();
        Assert.Throws<ArgumentException>(() => plain.Run(quantized, data, progress, Token));
        Assert.Throws<ArgumentException>(() => other.Run(full, data, progress, Token));
        Assert.True(other.Run(quantized, data, progress, Token).Final.Accuracy > 0.7);
    }

    [Theory]
    [InlineData(FactorStart.Kaiming)]
    [InlineData(FactorStart.Principal)]
    [InlineData(FactorStart.Calibrated)]
    public void A_public_start_learns_and_costs_no_privacy(FactorStart start)
    {
        WritePublicTexts();
        var name = start.ToString().ToLowerInvariant();
        var change = start == FactorStart.Calibrated ? Calibrated() : ("'orthonormal'", $"'{name}'");
        var result = TinyWorld.Run(world.Config(change, TinyWorld.Private()), null, 1, Token);
        var plain = TinyWorld.Run(world.Config(TinyWorld.Private()), null, 1, Token);
        Assert.Equal(plain.Agents.Select(a => a.Epsilon), result.Agents.Select(a => a.Epsilon));
        Assert.True(TinyWorld.Run(world.Config(change), null, 1, Token).Final.Accuracy > 0.7);
    }

    [Fact]
    public void A_gradient_sketch_is_paid_from_the_budget_as_one_step_more()
    {
        var result = TinyWorld.Run(world.Config(Sketch, TinyWorld.Private(3)), null, 1, Token);
        var plain = TinyWorld.Run(world.Config(TinyWorld.Private(3)), null, 1, Token);
        var accountant = new RdpAccountant();
        foreach (var (agent, other) in result.Agents.Zip(plain.Agents))
        {
            // 6 steps in each round, and the sketch, in which everybody takes part.
            var spent = new MechanismEvent(10.0 / 40, agent.NoiseMultiplier, (agent.Rounds * 6) + 1);
            Assert.Equal(accountant.Epsilon([spent], 1e-3), agent.Epsilon);
            Assert.True(agent.Epsilon <= 3);
            Assert.True(agent.NoiseMultiplier > other.NoiseMultiplier);
        }

        var first = result.Rounds[0];
        Assert.True(first.EpsilonMax > plain.Rounds[0].EpsilonMax * 0.99);
    }

    [Theory]
    [InlineData("fedsvd")]
    [InlineData("fed-sb")]
    public void A_gradient_sketch_finds_directions_that_learn(string method)
    {
        var progress = new TinyWorld.SilentProgress();
        var result = TinyWorld.Run(world.Config(("'fedsvd'", $"'{method}'"), Sketch), progress, 1, Token);
        Assert.True(result.Final.Accuracy > 0.7, $"{result.Untrained.Accuracy} -> {result.Final.Accuracy}");
        Assert.Equal(Math.Log(TinyWorld.Labels), result.Untrained.Loss, 1e-6);
        Assert.Equal(progress.Expected, progress.Examples);
        Assert.Equal(1200 + (6 * 10), result.ExamplesTrained);
    }

    [Theory]
    [InlineData("orthonormal", 0, 0.5)]
    [InlineData("gradientSketch", 0.8, 1)]
    public void A_gradient_sketch_holds_what_tells_the_labels_apart(string name, double least, double most)
    {
        var config = world.Config(("'orthonormal'", $"'{name}'"), ("'batch': 10", "'batch': 40"));
        var model = TinyWorld.OpenModel("");
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var federation = SimulatedFederation.Create(config, model, data, new RdpAccountant());
        if (federation.NeedsSketch)
        {
            new GradientSketch(federation, model.Engine, new SeededRandomSource(1)).Run(Token);
        }

        var start = federation.State.Layers[0];
        var a = new Matrix(4, 24, start.A.ToArray());
        Assert.True(FactorRefresh.OrthonormalityError(a) < 1e-13);
        Assert.All(start.B.ToArray(), value => Assert.Equal(0, value));
        Assert.All(federation.State.Head[0].Values.ToArray(), value => Assert.Equal(0, value));

        // Where the labels' mean inputs lie from the mean of all; four labels make three such directions.
        var engine = (BagOfTokensEngine)model.Engine;
        var examples = federation.Agents.SelectMany(agent => agent.Examples.ToArray()).ToList();
        var centre = engine.MeanInput(examples);
        var (inside, all) = (0.0, 0.0);
        foreach (var label in examples.GroupBy(e => e.Label))
        {
            var row = new Matrix(1, 24, [.. engine.MeanInput(label).Zip(centre, (mean, c) => mean - c)]);
            inside += row.Times(a.Transposed()).Values.Sum(v => v * v);
            all += row.Values.Sum(v => v * v);
        }

        Assert.InRange(inside / all, least, most);
    }

    [Fact]
    public void Public_texts_that_cannot_be_read_are_named()
    {
        var error = Assert.Throws<InputFileException>(() => StartOf(world.Config(Calibrated())));
        Assert.Contains("public.tsv", error.Message, StringComparison.Ordinal);
        WritePublicTexts();
        error = Assert.Throws<InputFileException>(() => StartOf(world.Config(Calibrated(", 'split': 'x'"))));
        Assert.Contains("no column \"split\"", error.Message, StringComparison.Ordinal);
    }
}
