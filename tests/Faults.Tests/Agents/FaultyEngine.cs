using FedLowRank.Aggregation.Adapters;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.Faults.Tests.Agents;

/// <summary>An engine with a fault point before it takes a round's adapter, and before every step.</summary>
internal sealed class FaultyEngine(ITrainingEngine engine) : ITrainingEngine
{
    private int steps;

    public void Load(Adapter adapter, TensorLayout trainables)
    {
        FaultPoint.Reach("load");
        steps = 0;
        engine.Load(adapter, trainables);
    }

    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        FaultPoint.Reach(FormattableString.Invariant($"step-{++steps}"));
        engine.Gradients(parameters, examples, sink);
    }

    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions) =>
        engine.Evaluate(parameters, examples, predictions);

    public void Dispose() => engine.Dispose();
}
