namespace FedLowRank.Training.Engine;

/// <summary>Each example's prediction.</summary>
internal sealed class EvaluationWork(LowRankMap map, Prediction[] predictions) : IBatchWork
{
    /// <inheritdoc/>
    public void Compute(IModelPass pass, ReadOnlySpan<TokenizedExample> examples, int start) =>
        pass.Evaluate(map, examples, predictions.AsSpan(start, examples.Length));

    /// <inheritdoc/>
    public void Deliver(IModelPass pass)
    {
    }
}
