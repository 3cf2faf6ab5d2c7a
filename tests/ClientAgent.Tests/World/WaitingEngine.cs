using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>Lets a test in before each step.</summary>
internal sealed class WaitingEngine(ITrainingEngine inner, Action beforeStep) : ITrainingEngine
{
    public void Load(Adapter adapter, TensorLayout trainables) => inner.Load(adapter, trainables);

    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        beforeStep();
        inner.Gradients(parameters, examples, sink);
    }

    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions) =>
        inner.Evaluate(parameters, examples, predictions);

    public void Dispose()
    {
    }
}
