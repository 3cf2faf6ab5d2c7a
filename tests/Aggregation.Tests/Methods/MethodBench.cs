using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Aggregation.Tests.Refresh;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>A small adapter, three agents with random updates and unequal weights, and their exact sum.</summary>
internal static class MethodBench
{
        private static readonly int[] Weights = [1, 5, 2];

    /// <summary>Sum of all agents' weights.</summary>
    public static readonly double TotalWeight = Weights.Sum();

    public static void AssertClose(DenseMatrix expected, DenseMatrix actual)
        => Assert.True((actual - expected).FrobeniusNorm() < 1e-12 * expected.FrobeniusNorm());

    /// <summary>Two layers of different width, a frozen and a trained head tensor.</summary>
    public static Adapter State(FactorStart start)
    {
        LoraShape[] shapes = [new("q", 12, 10, 4, 8), new("v", 12, 6, 2, 8)];
        var layers = shapes.Select((shape, i) => AdapterStart.Layer(shape, start, 1)
            .With(newB: Samples.Normal(shape.OutputWidth, shape.Rank, 40 + (ulong)i).Values));
        return new Adapter(layers, [
            AdapterStart.FrozenOrthogonal(new TensorSpec("dense", 6, 6), 2),
            AdapterStart.Zeros(new TensorSpec("out_proj", 3, 6)),
        ]);
    }

    public static List<Agent> Agents(Adapter state, IFederatedMethod method, int round)
    {
        var layout = method.Trainables(state, round);
        var grid = UpdateGrid.ForBound(layout, 8);
        return [.. Weights.Select((weight, i) =>
        {
            var sequence = new SeededSequence((ulong)(100 + round), $"agent {i}");
            var difference = new float[layout.Count];
            for (var k = 0; k < difference.Length; k++)
            {
                difference[k] = (float)sequence.NextNormal();
            }

            GridRounding.Round(difference, grid, difference);
            return new Agent(weight, layout, difference);
        })];
    }

    public static RoundUpdates Sum(TensorLayout layout, List<Agent> agents)
    {
        var sum = new ExactSum(UpdateGrid.ForBound(layout, 8));
        foreach (var agent in agents)
        {
            Assert.True(sum.TryAdd(agent.Difference, agent.Weight, out var refusal), refusal?.Message);
        }

        return new RoundUpdates(layout, sum.Mean());
    }

    public static DenseMatrix MeanOf(List<Agent> agents, TensorSpec spec, Matrix start)
    {
        var mean = new DenseMatrix(spec.Rows, spec.Columns);
        foreach (var agent in agents)
        {
            mean += (DenseMatrix)(agent.Weight / TotalWeight * agent.After(spec, start));
        }

        return mean;
    }

    /// <summary>sum p_k B_k A_k.</summary>
    public static DenseMatrix MeanOfProducts(Adapter state, List<Agent> agents, int layerIndex)
    {
        var layer = state.Layers[layerIndex];
        var mean = new DenseMatrix(layer.Shape.OutputWidth, layer.Shape.InputWidth);
        foreach (var agent in agents)
        {
            var product = agent.After(layer.Shape.B, layer.B()) * agent.After(layer.Shape.A, layer.A());
            mean += (DenseMatrix)(agent.Weight / TotalWeight * product);
        }

        return mean;
    }

    public sealed record Agent(int Weight, TensorLayout Layout, float[] Difference)
    {
        /// <summary>The tensor as this agent has it after training.</summary>
        public DenseMatrix After(TensorSpec spec, Matrix start)
        {
            var after = new Matrix(spec.Rows, spec.Columns, [.. start.Values]);
            var index = Layout.IndexOf(spec.Name);
            if (index >= 0)
            {
                var difference = Layout.Slice<float>(Difference, index);
                for (var i = 0; i < difference.Length; i++)
                {
                    after.Values[i] += difference[i];
                }
            }

            return after.Dense();
        }
    }
}
