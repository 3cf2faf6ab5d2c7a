using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Tests.Refresh;
using static FedLowRank.Aggregation.Tests.Methods.MethodBench;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: methods that train B and A in turn are exact in each round, keep their promise on the frozen factor, and move
/// the directions. Method: the mean of the agents' dense products, and principal angles.
/// </summary>
public sealed class AlternatingTests
{
    [Theory]
    [InlineData("fedsvd-alternating", 1)]
    [InlineData("fedsvd-alternating", 2)]
    [InlineData("rolora", 1)]
    [InlineData("rolora", 3)]
    public void Every_round_adds_the_mean_product_with_one_factor_trained(string name, int period)
    {
        var method = FederatedMethods.Create(name, new MethodOptions { Period = period });
        var state = State(FactorStart.Kaiming);
        for (var round = 0; round < 8; round++)
        {
            var factor = round / period % 2 == 0 ? "B" : "A";
            var layout = method.Trainables(state, round);
            Assert.Equal(
                [$"q.lora_{factor}.weight", $"v.lora_{factor}.weight", "out_proj"],
                layout.Tensors.Select(t => t.Name));
            var agents = Agents(state, method, round);
            var after = method.Advance(state, round, Sum(layout, agents));
            for (var l = 0; l < state.Layers.Length; l++)
            {
                AssertClose(MeanOfProducts(state, agents, l), after.Layers[l].Product().Dense());
            }

            state = after;
        }
    }

    [Fact]
    public void The_factor_that_a_round_of_fedsvd_alternating_freezes_is_orthonormal()
    {
        var method = new FedSvdAlternating();
        var state = State(FactorStart.Orthonormal);
        for (var round = 0; round < 6; round++)
        {
            foreach (var layer in state.Layers)
            {
                var error = round % 2 == 0
                    ? FactorRefresh.OrthonormalityError(layer.A())
                    : Samples.ColumnError(layer.B());
                Assert.True(error < 1e-13, $"round {round}, {layer.Shape.Module}: {error}");
            }

            state = method.Advance(state, round, Sum(method.Trainables(state, round), Agents(state, method, round)));
        }
    }

    [Fact]
    public void Rolora_leaves_the_frozen_factor_as_it_is()
    {
        var method = new RoLora();
        var state = State(FactorStart.Kaiming);
        var afterB = method.Advance(state, 0, Sum(method.Trainables(state, 0), Agents(state, method, 0)));
        var afterA = method.Advance(afterB, 1, Sum(method.Trainables(afterB, 1), Agents(afterB, method, 1)));
        Assert.Equal(state.Layers[0].A.ToArray(), afterB.Layers[0].A.ToArray());
        Assert.Equal(afterB.Layers[0].B.ToArray(), afterA.Layers[0].B.ToArray());
    }

    /// <summary>Twelve dimensions, rank 4: a random other subspace is at a large angle.</summary>
    [Theory]
    [InlineData("fedsvd", false)]
    [InlineData("ffa-orthonormal", false)]
    [InlineData("fedsvd-alternating", true)]
    [InlineData("rolora", true)]
    public void Only_rounds_that_train_A_move_its_row_space(string name, bool moves)
    {
        var method = FederatedMethods.Create(name, new MethodOptions());
        var start = State(FactorStart.Orthonormal);
        var state = start;
        for (var round = 0; round < 6; round++)
        {
            state = method.Advance(state, round, Sum(method.Trainables(state, round), Agents(state, method, round)));
        }

        var sine = LargestPrincipalSine(start.Layers[0].A(), state.Layers[0].A());
        Assert.True(moves ? sine > 0.3 : sine < 1e-13, $"sine of the largest principal angle: {sine}");
    }

    [Fact]
    public void With_nothing_learnt_an_A_round_is_possible_and_a_B_round_brings_back_orthonormal_rows()
    {
        var method = new FedSvdAlternating();
        var shape = new LoraShape("q", 12, 10, 4, 8);
        var state = new Adapter([AdapterStart.Layer(shape, FactorStart.Orthonormal, 1)], []);
        for (var round = 0; round < 2; round++)
        {
            var layout = method.Trainables(state, round);
            state = method.Advance(state, round, new RoundUpdates(layout, new double[layout.Count]));
            Assert.All(state.Layers[0].Product().Values, value => Assert.Equal(0, value));
        }

        Assert.True(FactorRefresh.OrthonormalityError(state.Layers[0].A()) < 1e-13);
    }

    [Theory]
    [InlineData("fedsvd-alternating", 0, 8, 8)]
    [InlineData("fedsvd-alternating", 1, 8, 8)]
    [InlineData("fedsvd-alternating", 2, 8 + 4, 10)]
    [InlineData("fedsvd-alternating", 3, 10, 10)]
    [InlineData("fedsvd-alternating", 4, 10 + 4, 8)]
    [InlineData("rolora", 2, 8, 10)]
    [InlineData("rolora", 3, 10, 10)]
    [InlineData("rolora", 4, 10, 8)]
    public void Traffic_follows_the_turns(string name, int round, long down, long up)
    {
        var method = FederatedMethods.Create(name, new MethodOptions { Period = 2 });
        var shape = new LoraShape("q", inputWidth: 5, outputWidth: 4, rank: 2, alpha: 4);
        Assert.Equal(new LayerTraffic(down, up), method.Traffic(shape, round));
    }

    [Fact]
    public void Ffa_orthonormal_refuses_an_A_that_is_not()
    {
        var method = new FfaLora(isOrthonormal: true);
        var state = State(FactorStart.Kaiming);
        var updates = Sum(method.Trainables(state, 0), Agents(state, method, 0));
        var error = Assert.Throws<ArgumentException>(() => method.Advance(state, 0, updates));
        Assert.Contains("q.lora_A.weight has no orthonormal rows", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// |(I - P) Q| in the spectral norm, P the projection on the rows of one and Q a basis of the other.
    /// </summary>
    private static double LargestPrincipalSine(Matrix first, Matrix second)
    {
        var p = ThinQr.Of(first.Transposed()).Q.Dense();
        var q = ThinQr.Of(second.Transposed()).Q.Dense();
        return (q - (p * p.TransposeThisAndMultiply(q))).L2Norm();
    }
}
