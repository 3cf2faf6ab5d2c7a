using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using static FedLowRank.Aggregation.Tests.Methods.MethodBench;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: the first rounds train and send the head alone and leave every layer bit for bit; then the method runs as if
/// it began there. Method: against the method itself.
/// </summary>
public sealed class HeadFirstTests
{
    private const int HeadRounds = 2;

    public static TheoryData<string> Names => [.. FederatedMethods.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_first_rounds_change_the_head_alone(string name)
    {
        var method = Create(name, HeadRounds);
        var state = StateFor(name);
        for (var round = 0; round < HeadRounds; round++)
        {
            var layout = method.Trainables(state, round);
            Assert.Equal(["out_proj"], layout.Tensors.Select(t => t.Name));
            Assert.All(state.Layers, l => Assert.Equal(new LayerTraffic(0, 0), method.Traffic(l.Shape, round)));

            var updates = Sum(layout, Agents(state, method, round));
            var after = method.Advance(state, round, updates);
            AssertSameLayers(state, after);
            Assert.Equal(updates.Mean.ToArray(), Differences(state.Values("out_proj"), after.Values("out_proj")));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Then_the_method_begins_with_its_round_zero(string name)
    {
        var (method, itself) = (Create(name, HeadRounds), Create(name, headRounds: 0));
        var (state, expected) = (StateFor(name), StateFor(name));
        for (var round = 0; round < 4; round++)
        {
            var layout = itself.Trainables(expected, round);
            Assert.Equal(layout.Tensors, method.Trainables(state, HeadRounds + round).Tensors);
            Assert.All(state.Layers, l => Assert.Equal(
                itself.Traffic(l.Shape, round), method.Traffic(l.Shape, HeadRounds + round)));

            var updates = Sum(layout, Agents(expected, itself, round));
            (state, expected) =
                (method.Advance(state, HeadRounds + round, updates), itself.Advance(expected, round, updates));
            AssertSameLayers(expected, state);
        }
    }

    [Fact]
    public void A_negative_number_of_rounds_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeadFirst(new FfaLora(), -1));

    private static void AssertSameLayers(Adapter expected, Adapter actual)
    {
        foreach (var (wanted, layer) in expected.Layers.Zip(actual.Layers))
        {
            Assert.Equal(wanted.A, layer.A);
            Assert.Equal(wanted.B, layer.B);
            Assert.Equal(wanted.Inner, layer.Inner);
        }
    }

    private static IFederatedMethod Create(string name, int headRounds) =>
        FederatedMethods.Create(name, new MethodOptions { HeadRounds = headRounds, CohortSize = 3 });

    private static double[] Differences(ReadOnlySpan<double> before, ReadOnlySpan<double> after)
    {
        var differences = after.ToArray();
        for (var i = 0; i < differences.Length; i++)
        {
            differences[i] -= before[i];
        }

        return differences;
    }
}
