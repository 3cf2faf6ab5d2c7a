using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Passes all calls on to an engine that somebody else owns and tells how many steps are done; a step is one call for
/// gradients, whatever the batch.
/// </summary>
internal sealed class SteppingEngine(ITrainingEngine inner, Action<int> stepDone) : ITrainingEngine
{
    private int steps;

    /// <inheritdoc/>
    public void Load(Adapter adapter, TensorLayout trainables) => inner.Load(adapter, trainables);

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        inner.Gradients(parameters, examples, sink);
        stepDone(++steps);
    }

    /// <inheritdoc/>
    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions) =>
        inner.Evaluate(parameters, examples, predictions);

    /// <summary>Does nothing: the engine stays with its owner.</summary>
    public void Dispose()
    {
    }
}
