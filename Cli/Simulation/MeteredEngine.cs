using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.Cli.Simulation;

/// <summary>Passes all calls on to an engine that somebody else owns, and counts the examples.</summary>
internal sealed class MeteredEngine(ITrainingEngine inner, ISimulationProgress progress) : ITrainingEngine
{
    /// <summary>Examples pushed through a backward pass.</summary>
    public long ExamplesTrained { get; private set; }

    /// <inheritdoc/>
    public void Load(Adapter adapter, TensorLayout trainables) => inner.Load(adapter, trainables);

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        inner.Gradients(parameters, examples, sink);
        ExamplesTrained += examples.Length;
        progress.Processed(examples.Length);
    }

    /// <inheritdoc/>
    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        inner.Evaluate(parameters, examples, predictions);
        progress.Processed(examples.Length);
    }

    /// <summary>Does nothing: the engine stays with its owner.</summary>
    public void Dispose()
    {
    }
}
