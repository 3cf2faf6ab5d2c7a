using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy;
using FedLowRank.Training;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Finds the first A by one step of every agent: the gradient of each layer's A at A = 0 and a random orthonormal B is
/// s B^T G, a sketch of the gradient G of the layer's weights. In a private run it is a clipped sum with noise like any
/// other, at the run's rate, clip and sigma, and each agent's budget counts it.
/// </summary>
internal sealed class GradientSketch(SimulatedFederation federation, ITrainingEngine engine, IRandomSource random)
{
    private readonly CohortTraining training = new(federation.Config, engine, random);

    /// <summary>Replaces the federation's state, which has A = 0, by that of the first round.</summary>
    public void Run(CancellationToken cancellation)
    {
        var state = federation.State;

        // One SGD step of rate 1 from A = 0: the difference is the gradient itself, up to its sign.
        var plan = new LocalPlan(
            Steps: 1, new OptimizerSettings { Kind = OptimizerKind.Sgd, LearningRate = 1 }, "the gradient sketch",
            ServerNeeds.WeightedSum);
        var (updates, _) = training.Run(
            new Adapter(state.Layers, state.Head.Select(ForGradient)),
            cut => new TensorLayout(cut.Layers.Select(l => l.Shape.A)),
            federation.Agents,
            plan,
            cancellation);

        var isInner = federation.Method.Name == FedSb.MethodName;
        federation.State = new Adapter(
            state.Layers.Select((layer, index) => Start(layer, updates.Layout.Slice(updates.Mean, index))), state.Head);

        LoraFactors Start(LoraFactors layer, ReadOnlySpan<double> sketch)
        {
            var start = AdapterStart.FromSketch(layer.Shape, sketch);
            return isInner ? AdapterStart.WithInner(start, (ulong)federation.Config.Seed) : start;
        }
    }

    /// <summary>
    /// An output layer of zeros lets no gradient through to the layers below; for the sketch it is drawn from
    /// N(0, 1 / d), so that its rows have length about 1.
    /// </summary>
    private NamedTensor ForGradient(NamedTensor tensor)
    {
        if (tensor.Spec.Columns == 1 || tensor.Values.ContainsAnyExcept(0))
        {
            return tensor;
        }

        var sequence = new SeededSequence((ulong)federation.Config.Seed, $"{tensor.Spec.Name} of the gradient sketch");
        var values = new double[tensor.Spec.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = sequence.NextNormal() / Math.Sqrt(tensor.Spec.Columns);
        }

        return tensor.With(values);
    }
}
