using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent.Bench;

/// <summary>
/// One step of training for a model of any kind, on random tokens: encoders tell two labels, decoders the next token.
/// B of the adapted layers and the head's output are trained, or everything that any method trains. The same sizes give
/// the same step on every engine.
/// </summary>
internal sealed class Exercise
{
    private const int Labels = 2;
    private const ulong Seed = 1;

    private readonly float[] parameters;
    private readonly TokenizedExample[] examples;

    /// <param name="config">Of the model.</param>
    /// <param name="modules">The layers with a low-rank pair.</param>
    /// <param name="size">Of the step.</param>
    /// <param name="trainsAll">Whether A, B and R of every pair and the whole head are trained.</param>
    /// <exception cref="ArgumentException">The rank or the number of tokens does not fit the model.</exception>
    public Exercise(
        ModelConfig config, IReadOnlyList<LinearModule> modules, ExerciseSize size, bool trainsAll = false)
    {
        var isClassifier = config is EncoderConfig;
        Adapter = new Adapter(
            modules.Select(module =>
            {
                var shape = new LoraShape(
                    module.Name, module.InputWidth, module.OutputWidth, size.Rank, 2 * size.Rank);
                return new LoraFactors(
                    shape, Values(shape.A), Values(shape.B), trainsAll ? Values(shape.Inner) : null);
            }),
            (isClassifier ? HeadTensors.For(config, Labels) : []).Select(spec => new NamedTensor(spec, Values(spec))));
        Trainables = trainsAll ? Adapter.Layout : new FedSvd().Trainables(Adapter, 0);
        parameters = Adapter.ToSingle(Trainables);
        var random = new SeededSequence(Seed, "tokens");
        examples = [.. Enumerable.Range(0, size.Examples).Select(i =>
        {
            int[] tokens = [.. Enumerable.Range(0, size.Tokens)
                .Select(_ => (int)(random.NextBits() % (ulong)config.VocabularySize))];
            return isClassifier ? new TokenizedExample(tokens, i % Labels) : new TokenizedExample(tokens);
        })];
    }

    public Adapter Adapter { get; }

    public TensorLayout Trainables { get; }

    /// <summary>The gradients of the batch, clipped and summed by the sink's rule.</summary>
    public void Step(ITrainingEngine engine, IGradientSink sink) => engine.Gradients(parameters, examples, sink);

    /// <summary>Small enough that no activation runs away, whatever the width.</summary>
    private static double[] Values(TensorSpec spec)
    {
        var random = new SeededSequence(Seed, spec.Name);
        var spread = 1 / Math.Sqrt(spec.Columns);
        return [.. Enumerable.Range(0, spec.Count).Select(_ => spread * random.NextSymmetric())];
    }
}
