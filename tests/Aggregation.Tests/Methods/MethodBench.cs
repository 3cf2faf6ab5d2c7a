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

    /// <summary>The state with an orthonormal start, and with an inner matrix for the method that trains it.</summary>
    public static Adapter StateFor(string method)
    {
        var state = State(FactorStart.Orthonormal);
        return method != FedSb.MethodName
            ? state
            : new Adapter(state.Layers.Select(l => AdapterStart.WithInner(l, 3)), state.Head);
    }

    /// <summary>Agents with random updates; where ranks are given, each trains the state cut to its own.</summary>
    public static List<Agent> Agents(Adapter state, IFederatedMethod method, int round, int[]? ranks = null)
    {
        var whole = method.Trainables(state, round);
        return [.. Weights.Select((weight, i) =>
        {
            var rank = ranks?[i] ?? int.MaxValue;
            var layout = method.Trainables(state.Truncated(rank), round);
            var grid = UpdateGrid.ForBound(layout, 8);
            var sequence = new SeededSequence((ulong)(100 + round), $"agent {i}");
            var difference = new float[layout.Count];
            for (var k = 0; k < difference.Length; k++)
            {
                difference[k] = (float)sequence.NextNormal();
            }

            GridRounding.Round(difference, grid, difference);
            return new Agent(weight, whole, RankPadding.Pad(layout, difference, whole), rank);
        })];
    }

    public static RoundUpdates Sum(TensorLayout layout, List<Agent> agents)
    {
        var sum = new ExactSum(UpdateGrid.ForBound(layout, 8));
        foreach (var agent in agents)
        {
            Assert.True(sum.TryAdd(agent.Difference, agent.Weight, out var refusal), refusal?.Message);
        }

        var each = agents.Select(a => new AgentUpdate(a.Weight, [.. a.Difference.Select(v => (double)v)], a.Rank));
        return new RoundUpdates(layout, sum.Mean(), each);
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

    /// <summary>s (B R A) + L R: all that a layer adds to W.</summary>
    public static DenseMatrix Effect(LoraFactors layer)
    {
        var shape = layer.Shape;
        var b = layer.B();
        if (!layer.Inner.IsEmpty)
        {
            b = b.Times(new Matrix(shape.Rank, shape.Rank, layer.Inner.ToArray()));
        }

        var effect = (DenseMatrix)(shape.Scale * b.Times(layer.A()).Dense());
        return layer.Change is { } change ? effect + change.Left.Times(change.Right).Dense() : effect;
    }

    public sealed record Agent(int Weight, TensorLayout Layout, float[] Difference, int Rank)
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
