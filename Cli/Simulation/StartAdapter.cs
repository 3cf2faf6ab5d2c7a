using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Training.Models;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// The adapter before the first round. The head is RoBERTa's: a dense layer of d x d, tanh, and an output layer of
/// labels x d. The dense layer starts as a random orthogonal matrix. An output layer that is trained starts at zero;
/// one that is not is drawn from N(0, 0.02^2), as Hugging Face draws new layers.
/// </summary>
internal static class StartAdapter
{
    private const double UntrainedDeviation = 0.02;

    public static Adapter Create(
        IReadOnlyList<LinearModule> modules, int hiddenSize, int labelCount, SimulationConfig config)
    {
        var seed = (ulong)config.Seed;
        var layers = modules.Select(m => AdapterStart.Layer(
            new LoraShape(m.Name, m.InputWidth, m.OutputWidth, config.Lora.Rank, config.Lora.Alpha),
            config.Method.Start,
            seed));
        return new Adapter(layers, Head(hiddenSize, labelCount, config.Lora.Head, seed));
    }

    private static IEnumerable<NamedTensor> Head(int hiddenSize, int labelCount, HeadTraining training, ulong seed)
    {
        var trainsDense = training == HeadTraining.All;
        var trainsOutput = training != HeadTraining.None;
        var dense = AdapterStart.FrozenOrthogonal(new TensorSpec("classifier.dense.weight", hiddenSize, hiddenSize), seed);
        yield return trainsDense ? new NamedTensor(dense.Spec, dense.Values.ToArray()) : dense;
        yield return AdapterStart.Zeros(new TensorSpec("classifier.dense.bias", hiddenSize, 1), trainsDense);

        var output = new TensorSpec("classifier.out_proj.weight", labelCount, hiddenSize);
        yield return trainsOutput ? AdapterStart.Zeros(output) : Normal(output, seed);
        yield return AdapterStart.Zeros(new TensorSpec("classifier.out_proj.bias", labelCount, 1), trainsOutput);
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
