using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Tests.Refresh;
using static FedLowRank.Aggregation.Tests.Methods.MethodBench;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: each method does what its formula says. Method: agents with random updates and unequal weights, the exact
/// sum in between, and the formula worked out on dense matrices.
/// </summary>
public sealed class MethodTests
{
    public static TheoryData<string> AllNames => [.. FederatedMethods.Names];

    [Fact]
    public void Fedsvd_adds_the_mean_product_and_makes_A_orthonormal()
    {
        var state = State(FactorStart.Kaiming);
        var method = new FedSvd();
        var agents = Agents(state, method, 0);
        var after = method.Advance(state, 0, Sum(method.Trainables(state, 0), agents));
        for (var l = 0; l < state.Layers.Length; l++)
        {
            var expected = MeanOfProducts(state, agents, l);
            AssertClose(expected, after.Layers[l].Product().Dense());
            Assert.True(FactorRefresh.OrthonormalityError(after.Layers[l].A()) < 1e-14);
        }
    }

    [Fact]
    public void Ffa_adds_the_mean_product_and_keeps_A()
    {
        var state = State(FactorStart.Kaiming);
        var method = new FfaLora();
        var agents = Agents(state, method, 0);
        var after = method.Advance(state, 0, Sum(method.Trainables(state, 0), agents));
        for (var l = 0; l < state.Layers.Length; l++)
        {
            var expected = MeanOfProducts(state, agents, l);
            AssertClose(expected, after.Layers[l].Product().Dense());
            Assert.Equal(state.Layers[l].A.ToArray(), after.Layers[l].A.ToArray());
        }
    }

    [Fact]
    public void Fedavg_multiplies_the_means_which_is_not_the_mean_of_the_products()
    {
        var state = State(FactorStart.Kaiming);
        var method = new FedAvgLora();
        var agents = Agents(state, method, 0);
        var after = method.Advance(state, 0, Sum(method.Trainables(state, 0), agents));
        for (var l = 0; l < state.Layers.Length; l++)
        {
            var layer = state.Layers[l];
            var meanA = MeanOf(agents, layer.Shape.A, layer.A());
            var meanB = MeanOf(agents, layer.Shape.B, layer.B());
            var product = after.Layers[l].Product().Dense();
            AssertClose(meanB * meanA, product);

            // The bias is the covariance of the factors over the agents, as the doc comment says.
            var covariance = new DenseMatrix(layer.Shape.OutputWidth, layer.Shape.InputWidth);
            foreach (var agent in agents)
            {
                var dB = agent.After(layer.Shape.B, layer.B()) - meanB;
                var dA = agent.After(layer.Shape.A, layer.A()) - meanA;
                covariance += (DenseMatrix)(agent.Weight / TotalWeight * (dB * dA));
            }

            var bias = MeanOfProducts(state, agents, l) - product;
            Assert.True((bias - covariance).FrobeniusNorm() < 1e-12 * product.FrobeniusNorm());
            Assert.True(bias.FrobeniusNorm() > 0.05 * product.FrobeniusNorm());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fedsvd_changes_A_after_every_period_th_round_only(int period)
    {
        var method = new FedSvd(period);
        var state = State(FactorStart.Orthonormal);
        for (var round = 0; round < 7; round++)
        {
            var agents = Agents(state, method, round);
            var after = method.Advance(state, round, Sum(method.Trainables(state, round), agents));
            var changed = !after.Layers[0].A.SequenceEqual(state.Layers[0].A);
            Assert.Equal((round + 1) % period == 0, changed);
            state = after;
        }
    }

    [Theory]
    [MemberData(nameof(AllNames))]
    public void The_head_is_averaged_where_trained_and_else_left_alone(string name)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var state = StateFor(name);
        var agents = Agents(state, method, 0);
        var after = method.Advance(state, 0, Sum(method.Trainables(state, 0), agents));
        Assert.Same(state.Head[0], after.Head[0]);
        Assert.True(after.Head[1].IsTrained);
        var expected = MeanOf(agents, state.Head[1].Spec, new Matrix(3, 6, state.Head[1].Values.ToArray()));
        Assert.True((new Matrix(3, 6, after.Head[1].Values.ToArray()).Dense() - expected).FrobeniusNorm() < 1e-14);
    }

    [Theory]
    [MemberData(nameof(AllNames))]
    public void Updates_in_another_layout_are_an_error(string name)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var state = StateFor(name);
        var whole = method.Trainables(state, 0);
        var part = new TensorLayout(whole.Tensors[1..]);
        Assert.Throws<ArgumentException>(
            () => method.Advance(state, 0, new RoundUpdates(part, new double[part.Count])));
    }

    [Theory]
    [InlineData("fedsvd", "B", 8 + 4, 8)]
    [InlineData("fedex", "AB", 8 + 10, 8 + 10)]
    [InlineData("flora", "AB", 8 + 10, 8 + 10)]
    [InlineData("flexlora", "AB", 8 + 10, 8 + 10)]
    [InlineData("fed-sb", "R", 4, 4)]
    [InlineData("ffa", "B", 8, 8)]
    [InlineData("ffa-orthonormal", "B", 8, 8)]
    [InlineData("fedavg", "AB", 8 + 10, 8 + 10)]
    [InlineData("fedsvd-alternating", "B", 8, 8)]
    [InlineData("rolora", "B", 8, 8)]
    public void Trainables_and_traffic_are_those_of_the_formula(string name, string factors, long down, long up)
    {
        var shape = new LoraShape("q", inputWidth: 5, outputWidth: 4, rank: 2, alpha: 4);
        var layer = AdapterStart.Layer(shape, FactorStart.Orthonormal, 1);
        var state = new Adapter([name == "fed-sb" ? AdapterStart.WithInner(layer, 1) : layer], []);
        var method = FederatedMethods.Create(name, new MethodOptions());
        Assert.Equal(name, method.Name);
        var needsEach = name is "fedex" or "flora" or "flexlora";
        Assert.Equal(needsEach ? ServerNeeds.EachUpdate : ServerNeeds.WeightedSum, method.Needs);
        Assert.Equal(!needsEach && name != "fedavg", method.SuitsDifferentialPrivacy);
        Assert.Equal(new LayerTraffic(down, up), method.Traffic(shape, 0));
        var trained = method.Trainables(state, 0).Tensors.Select(t => t.Name);
        Assert.Equal(factors.Select(f => $"q.lora_{f}.weight"), trained);
    }

    [Fact]
    public void An_unknown_method_or_setting_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => FederatedMethods.Create("sgd", new MethodOptions()));
        const string Expected = "method 'sgd' is not supported; choose one of fedsvd, fedsvd-alternating";
        Assert.StartsWith(Expected, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => FederatedMethods.Create("fedsvd", new MethodOptions { Period = 0 }));
    }
}
