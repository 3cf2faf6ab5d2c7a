using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Training.Models;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// The adapter before the first round. In the head, square layers start as random orthogonal matrices and biases at
/// zero; an output layer that is trained starts at zero, and one that is not is drawn from N(0, 0.02^2), as Hugging
/// Face
/// draws new layers.
/// </summary>
internal static class StartAdapter
{
    private const double UntrainedDeviation = 0.02;

    /// <param name="modules">The layers to adapt.</param>
    /// <param name="head">The head's tensors, the output layer's weight and bias last.</param>
    /// <param name="config">Rank, start, seed and what of the head is trained.</param>
    public static Adapter Create(
        IReadOnlyList<LinearModule> modules, IReadOnlyList<TensorSpec> head, SimulationConfig config)
    {
        var seed = (ulong)config.Seed;
        var layers = modules.Select(m => AdapterStart.Layer(
            new LoraShape(m.Name, m.InputWidth, m.OutputWidth, config.Lora.Rank, config.Lora.Alpha),
            config.Method.Start,
            seed));
        return new Adapter(layers, head.Select((spec, index) =>
        {
            var isTrained = config.Lora.Head switch
            {
                HeadTraining.All => true,
                HeadTraining.Output => index >= head.Count - 2,
                _ => false,
            };
            return HeadTensor(spec, isOutput: index >= head.Count - 2, isTrained, seed);
        }));
    }

    private static NamedTensor HeadTensor(TensorSpec spec, bool isOutput, bool isTrained, ulong seed)
    {
        if (spec.Columns == 1 || (isOutput && isTrained))
        {
            return AdapterStart.Zeros(spec, isTrained);
        }

        return isOutput
            ? Normal(spec, seed)
            : new NamedTensor(spec, AdapterStart.FrozenOrthogonal(spec, seed).Values.ToArray(), isTrained);
    }

    private static NamedTensor Normal(TensorSpec spec, ulong seed)
    {
        var random = new SeededSequence(seed, spec.Name);
        var values = new double[spec.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = UntrainedDeviation * random.NextNormal();
        }

        return new NamedTensor(spec, values, isTrained: false);
    }
}
