using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>Lets a test in before each call, which it is told by name.</summary>
internal sealed class WaitingEngine(ITrainingEngine inner, Action<string> before) : ITrainingEngine
{
    public void Load(Adapter adapter, TensorLayout trainables)
    {
        before(nameof(Load));
        inner.Load(adapter, trainables);
    }

    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        before(nameof(Gradients));
        inner.Gradients(parameters, examples, sink);
    }

    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        before(nameof(Evaluate));
        inner.Evaluate(parameters, examples, predictions);
    }

    public void Dispose()
    {
    }
}
