using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Tests;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>Where A starts in a simulation: what each start looks at, and that the public ones cost nothing.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TinyWorld world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => world.Dispose();

    private static (string Old, string New) Calibrated(string more = "") =>
        ("'orthonormal'", $"'calibrated', 'publicText': {{ 'path': 'public.tsv'{more} }}");

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
    public void Public_texts_that_cannot_be_read_are_named()
    {
        var error = Assert.Throws<InputFileException>(() => StartOf(world.Config(Calibrated())));
        Assert.Contains("public.tsv", error.Message, StringComparison.Ordinal);
        WritePublicTexts();
        error = Assert.Throws<InputFileException>(() => StartOf(world.Config(Calibrated(", 'split': 'x'"))));
        Assert.Contains("no column \"split\"", error.Message, StringComparison.Ordinal);
    }
}
