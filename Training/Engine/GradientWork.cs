using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Engine;

/// <summary>Each example's gradient, to a sink.</summary>
internal sealed class GradientWork : IBatchWork
{
    private LowRankMap map = null!;
    private IGradientSink sink = null!;

    /// <summary>The same object for another batch: a step allocates nothing.</summary>
    public GradientWork With(LowRankMap newMap, IGradientSink newSink)
    {
        (map, sink) = (newMap, newSink);
        return this;
    }

    /// <inheritdoc/>
    public void Compute(IModelPass pass, ReadOnlySpan<TokenizedExample> examples, int start) =>
        pass.Gradients(map, examples, sink.Dimension);

    /// <inheritdoc/>
    public void Deliver(IModelPass pass) => sink.AddRows(pass.Rows.All);
}
