using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Tests.Refresh;
using static FedLowRank.Aggregation.Tests.Methods.MethodBench;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: methods that see each update, and agents of different ranks, do what their formula says. Method: the mean of
/// the agents' whole models on dense matrices.
/// </summary>
public sealed class EachUpdateTests
{
    private static readonly int[] Ranks = [1, 4, 3];

    [Theory]
    [InlineData("fedex", false)]
    [InlineData("fedex", true)]
    [InlineData("flora", false)]
    [InlineData("flora", true)]
    public void Fedex_and_flora_reproduce_the_mean_model_round_after_round(string name, bool mixedRanks)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var state = State(FactorStart.Kaiming);

        // Of 6 to 12 dimensions, so that the change of the weights reaches full rank on the way.
        for (var round = 0; round < 4; round++)
        {
            var agents = Agents(state, method, round, mixedRanks ? Ranks : null);
            var after = method.Advance(state, round, Sum(method.Trainables(state, round), agents));
            for (var l = 0; l < state.Layers.Length; l++)
            {
                var layer = state.Layers[l];
                var pair = layer.Shape.Scale * layer.Product().Dense();
                var mean = layer.Shape.Scale * MeanOfProducts(state, agents, l);
                AssertClose((DenseMatrix)(Effect(layer) - pair + mean), Effect(after.Layers[l]));
                var narrower = Math.Min(layer.Shape.InputWidth, layer.Shape.OutputWidth);
                Assert.InRange(after.Layers[l].Change!.Rank, 1, narrower);
            }

            state = after;
        }
    }

    [Fact]
    public void Fedex_keeps_the_mean_factors_and_flora_starts_anew()
    {
        var state = State(FactorStart.Kaiming);
        var fedex = new FedExLora(cohortSize: 3);
        var agents = Agents(state, fedex, 0);
        var after = fedex.Advance(state, 0, Sum(fedex.Trainables(state, 0), agents));
        var average = new FedAvgLora().Advance(state, 0, Sum(fedex.Trainables(state, 0), agents));
        Assert.Equal(average.Layers[0].A.ToArray(), after.Layers[0].A.ToArray());
        Assert.Equal(average.Layers[0].B.ToArray(), after.Layers[0].B.ToArray());

        after = new FLora(cohortSize: 3).Advance(state, 0, Sum(fedex.Trainables(state, 0), agents));
        Assert.Equal(state.Layers[0].A.ToArray(), after.Layers[0].A.ToArray());
        Assert.All(after.Layers[0].B.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flexlora_is_the_best_approximation_of_the_mean_of_the_cut_products(bool mixedRanks)
    {
        var method = new FlexLora();
        var state = State(FactorStart.Kaiming);
        var agents = Agents(state, method, 0, mixedRanks ? Ranks : null);
        var updates = Sum(method.Trainables(state, 0), agents);
        var after = method.Advance(state, 0, updates);
        var (whole, cut) = (0.0, 0.0);
        for (var l = 0; l < state.Layers.Length; l++)
        {
            var layer = state.Layers[l];
            var mean = new DenseMatrix(layer.Shape.OutputWidth, layer.Shape.InputWidth);
            foreach (var agent in agents)
            {
                var rank = Math.Min(agent.Rank, layer.Shape.Rank);
                var a = agent.After(layer.Shape.A, layer.A()).SubMatrix(0, rank, 0, layer.Shape.InputWidth);
                var b = agent.After(layer.Shape.B, layer.B()).SubMatrix(0, layer.Shape.OutputWidth, 0, rank);
                mean += (DenseMatrix)(agent.Weight / TotalWeight * (b * a));
            }

            var svd = mean.Svd();
            var best = new DenseMatrix(mean.RowCount, mean.ColumnCount);
            for (var i = 0; i < layer.Shape.Rank; i++)
            {
                best += (DenseMatrix)(svd.S[i] * svd.U.Column(i).OuterProduct(svd.VT.Row(i)));
            }

            var product = after.Layers[l].Product().Dense();
            Assert.True((product - best).FrobeniusNorm() < 1e-8 * best.FrobeniusNorm());
            Assert.True(FactorRefresh.OrthonormalityError(after.Layers[l].A()) < 1e-13);
            Assert.True((mean - product).FrobeniusNorm() > 0.01 * mean.FrobeniusNorm(), "nothing was lost to the cut");
            var squares = svd.S.Select(s => Math.Pow(layer.Shape.Scale * s, 2)).ToList();
            (whole, cut) = (whole + squares.Sum(), cut + squares.Skip(layer.Shape.Rank).Sum());
        }

        Assert.Equal(cut / whole, FlexLora.TruncationLoss(state, updates, after), 1e-9);
    }

    [Fact]
    public void Flexlora_loses_nothing_where_there_is_one_agent()
    {
        var method = new FlexLora();
        var state = State(FactorStart.Kaiming);
        var updates = Sum(method.Trainables(state, 0), [Agents(state, method, 0)[0]]);
        Assert.InRange(
            FlexLora.TruncationLoss(state, updates, method.Advance(state, 0, updates)), 0, 1e-12);
    }

    /// <summary>
    /// Padding with zeros is exact where one factor is frozen: each agent's change counts by its share.
    /// </summary>
    [Theory]
    [InlineData("fedsvd", 0)]
    [InlineData("ffa", 0)]
    [InlineData("rolora", 1)]
    [InlineData("fedsvd-alternating", 1)]
    public void Agents_of_lower_rank_add_their_share_where_one_factor_is_trained(string name, int round)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var state = State(FactorStart.Orthonormal);
        var agents = Agents(state, method, round, Ranks);
        var after = method.Advance(state, round, Sum(method.Trainables(state, round), agents));
        for (var l = 0; l < state.Layers.Length; l++)
        {
            // What each agent's own pair of its own rank and alpha gained, worked out without any padding.
            var layer = state.Layers[l];
            var expected = Effect(layer);
            foreach (var agent in agents)
            {
                var small = layer.Truncated(agent.Rank);
                var shape = small.Shape;
                Assert.Equal(layer.Shape.Scale, shape.Scale, 1e-15);
                var a = agent.After(layer.Shape.A, layer.A()).SubMatrix(0, shape.Rank, 0, shape.InputWidth);
                var b = agent.After(layer.Shape.B, layer.B()).SubMatrix(0, shape.OutputWidth, 0, shape.Rank);
                var gain = shape.Scale * (b * a) - Effect(small);
                expected += (DenseMatrix)(agent.Weight / TotalWeight * gain);
            }

            AssertClose(expected, Effect(after.Layers[l]));
        }
    }

    [Fact]
    public void Fed_sb_adds_the_mean_of_the_inner_matrices_and_keeps_both_factors()
    {
        var method = new FedSb();
        var state = StateFor(method.Name);
        foreach (var layer in state.Layers)
        {
            Assert.True(FactorRefresh.OrthonormalityError(layer.A()) < 1e-13);
            Assert.True(Samples.ColumnError(layer.B()) < 1e-13);
            Assert.Equal(0, Effect(layer).FrobeniusNorm());
        }

        foreach (var ranks in (int[]?[])[null, Ranks])
        {
            var agents = Agents(state, method, 0, ranks);
            var after = method.Advance(state, 0, Sum(method.Trainables(state, 0), agents));
            foreach (var (before, layer) in state.Layers.Zip(after.Layers))
            {
                var inner = MeanOf(agents, layer.Shape.Inner, new Matrix(layer.Shape.Rank, layer.Shape.Rank));
                AssertClose(
                    (DenseMatrix)(layer.Shape.Scale * before.B().Dense() * inner * before.A().Dense()), Effect(layer));
                Assert.Equal(before.A.ToArray(), layer.A.ToArray());
            }
        }
    }

    [Fact]
    public void Fed_sb_needs_an_inner_matrix_and_orthonormal_rows()
    {
        var state = State(FactorStart.Kaiming);
        Assert.Throws<ArgumentException>(() => new FedSb().Trainables(state, 0));
        Assert.Throws<ArgumentException>(() => AdapterStart.WithInner(state.Layers[0], 1));
    }

    [Theory]
    [InlineData("fedex")]
    [InlineData("flora")]
    [InlineData("flexlora")]
    public void A_sum_alone_is_not_enough_for_methods_that_need_each_update(string name)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var state = State(FactorStart.Orthonormal);
        var layout = method.Trainables(state, 0);
        var error = Assert.Throws<ArgumentException>(
            () => method.Advance(state, 0, new RoundUpdates(layout, new double[layout.Count])));
        Assert.Contains("needs each update", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fedex", 2, 18 + 20)]
    [InlineData("fedex", 1, 18 + 18)]
    [InlineData("flora", 2, 20)]
    [InlineData("flora", 1, 18)]
    public void What_is_sent_down_grows_with_the_cohort_and_is_dense_at_most(string name, int cohort, long down)
    {
        var method = FederatedMethods.Create(name, new MethodOptions { CohortSize = cohort });
        var shape = new LoraShape("q", inputWidth: 5, outputWidth: 4, rank: 2, alpha: 4);
        Assert.Equal(new LayerTraffic(down, 18), method.Traffic(shape, 1));
    }
}
