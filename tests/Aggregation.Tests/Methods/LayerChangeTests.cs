using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Tests.Refresh;
using static FedLowRank.Aggregation.Tests.Methods.MethodBench;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: what a layer carries beside its pair (a change of the weights, an inner matrix, a lower rank) is exact and
/// gets lost nowhere. Method: dense matrices.
/// </summary>
public sealed class LayerChangeTests
{
    [Theory]
    [InlineData(10, 12)]
    [InlineData(12, 10)]
    public void Changes_add_up_exactly_and_never_outgrow_the_layer(int height, int width)
    {
        BaseChange? change = null;
        var expected = new Matrix(height, width).Dense();
        for (var i = 0; i < 6; i++)
        {
            var (left, right) = (Samples.Normal(height, 3, (ulong)i), Samples.Normal(3, width, 50 + (ulong)i));
            change = change?.Plus(left, right) ?? new BaseChange(left, right);
            expected += left.Times(right).Dense();
            Assert.Equal(Math.Min(10, 3 * (i + 1)), change.Rank);
            AssertClose(expected, change.Left.Times(change.Right).Dense());
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public async Task Folding_a_layer_keeps_its_effect_and_export_and_spectrum_see_the_whole(int changeRank)
    {
        var layer = Layer(changeRank);
        var folded = layer.Folded();
        Assert.Null(folded.Change);
        Assert.True(folded.Inner.IsEmpty);
        AssertClose(Effect(layer), Effect(folded));

        var singular = Effect(layer).Svd().S;
        var spectrum = AdapterSpectrum.SingularValues(layer);
        Assert.Equal(4, spectrum.Length);
        Assert.All(spectrum.Zip(singular), p => Assert.Equal(p.Second, p.First, 1e-8 * singular[0]));

        using var tensors = new MemoryStream();
        var options = new PeftExportOptions();
        var config = PeftExport.Write(new Adapter([layer], []), options, tensors);
        tensors.Position = 0;
        var read = await PeftImport.ReadAsync(
            PeftConfig.Parse(config), tensors, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True((Effect(read.Layers[0]) - Effect(layer)).FrobeniusNorm() < 1e-6 * Effect(layer).FrobeniusNorm());
    }

    [Fact]
    public void A_refresh_keeps_the_change_and_refuses_an_inner_matrix()
    {
        var layer = Layer(2);
        Assert.Throws<ArgumentException>(() => FactorRefresh.ForBRound(layer));
        var plain = new LoraFactors(layer.Shape, layer.A.ToArray(), layer.B.ToArray(), null, layer.Change);
        var forB = FactorRefresh.ForBRound(plain).Factors;
        foreach (var refreshed in (LoraFactors[])[forB, FactorRefresh.ForARound(plain)])
        {
            Assert.Same(layer.Change, refreshed.Change);
            AssertClose(Effect(plain), Effect(refreshed));
        }
    }

    [Fact]
    public void An_adapter_finds_every_tensor_by_name()
    {
        var layer = Layer(2);
        var head = AdapterStart.Zeros(new TensorSpec("head", 2, 3));
        var adapter = new Adapter([layer], [head]);
        Assert.Equal(["q.lora_A.weight", "q.lora_B.weight", "q.lora_R.weight", "head"],
            adapter.Layout.Tensors.Select(t => t.Name));
        Assert.True(adapter.Values("q.lora_R.weight") == layer.Inner);
        Assert.True(adapter.Values("head") == head.Values);
        Assert.Throws<KeyNotFoundException>(() => adapter.Values("q.lora_C.weight"));
        var plain = new Adapter([layer.Folded()], []);
        Assert.Throws<KeyNotFoundException>(() => plain.Values("q.lora_R.weight"));
    }

    [Fact]
    public void A_lower_rank_is_the_leading_part_at_the_same_scale()
    {
        var layer = Layer(2);
        var small = layer.Truncated(3);
        Assert.Equal((3, layer.Shape.Scale), (small.Shape.Rank, small.Shape.Scale));
        Assert.Equal(layer.A.ToArray()[..(3 * 12)], small.A.ToArray());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(layer.B().Dense().Column(i), small.B().Dense().Column(i));
            Assert.Equal(layer.Inner.Slice(4 * i, 3).ToArray(), small.Inner.Slice(3 * i, 3).ToArray());
        }

        Assert.Same(layer.Change, small.Change);
        Assert.Same(layer, layer.Truncated(4));
    }

    [Fact]
    public void Padding_puts_values_in_the_corner_and_refuses_what_does_not_fit()
    {
        var small = new TensorLayout([new TensorSpec("a", 1, 2), new TensorSpec("b", 2, 1)]);
        var whole = new TensorLayout([new TensorSpec("a", 2, 2), new TensorSpec("b", 2, 3)]);
        Assert.Equal([1, 2, 0, 0, 3, 0, 0, 4, 0, 0], RankPadding.Pad(small, [1, 2, 3, 4], whole));
        Assert.Throws<ArgumentException>(() => RankPadding.Pad(whole, new float[10], small));
        var other = new TensorLayout([new TensorSpec("b", 2, 3), new TensorSpec("a", 2, 2)]);
        Assert.Throws<ArgumentException>(() => RankPadding.Pad(small, new float[4], other));
    }

    private static LoraFactors Layer(int changeRank) => new(
        new LoraShape("q", 12, 10, 4, 8),
        Samples.Normal(4, 12, 1).Values,
        Samples.Normal(10, 4, 2).Values,
        Samples.Normal(4, 4, 3).Values,
        new BaseChange(Samples.Normal(10, changeRank, 4), Samples.Normal(changeRank, 12, 5)));
}
