namespace FedLowRank.Training.Engine;

/// <summary>
/// Pushes micro-batches through a model and its head, forward and back. One object for each worker: it holds all
/// buffers of a batch, so that a steady state allocates nothing.
/// </summary>
internal interface IModelPass : IDisposable
{
    /// <summary>The per-example gradients of the last <see cref="Gradients"/>.</summary>
    GradientRows Rows { get; }

    /// <summary>Predicts each example.</summary>
    void Evaluate(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions);

    /// <summary>Computes <see cref="Rows"/>: each example's gradient over all trainables.</summary>
    void Gradients(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, int dimension);

    /// <summary>The last hidden state of every token, tokens x d; valid until the next call.</summary>
    ReadOnlySpan<float> HiddenStates(LowRankMap map, ReadOnlySpan<TokenizedExample> examples);

    /// <summary>A forward pass as in <see cref="Evaluate"/>, for what the observer sees of it.</summary>
    void Observe(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, ILinearObserver observer);
}
