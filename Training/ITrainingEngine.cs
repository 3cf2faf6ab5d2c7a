using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training;

/// <summary>
/// Computes with one frozen base model. The base is held once and shared; what differs between agents and rounds
/// (the adapter, the trained values) is handed in. An engine holds no data and no randomness: the same input gives
/// the same bits, whatever the number of cores, as far as its device does.
/// </summary>
public interface ITrainingEngine : IDisposable
{
    /// <summary>
    /// Sets the adapter of the round, and with it the task: classification where the adapter has a head, else the next
    /// token. Tensors of <paramref name="trainables"/> are read from the
    /// <c>parameters</c> of each later call, all others from <paramref name="adapter"/>, rounded to F32.
    /// </summary>
    /// <exception cref="ArgumentException">The adapter does not fit the model, or a trainable is not
    /// supported.</exception>
    void Load(Adapter adapter, TensorLayout trainables);

    /// <summary>
    /// For each example, in the order given, the gradient of its own loss with respect to all trainables, as one row.
    /// The rows go to <paramref name="sink"/> in blocks; memory does not grow with the number of examples.
    /// </summary>
    /// <param name="parameters">The trained values, flat, in the layout given to <see cref="Load"/>.</param>
    /// <param name="examples">Any number of examples, also none; with labels where the task is
    /// classification.</param>
    /// <param name="sink">Clips and sums, or just sums.</param>
    void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink);

    /// <summary>Predicts each example, its label or its tokens, and measures its loss.</summary>
    /// <param name="parameters">The trained values, flat.</param>
    /// <param name="examples">Any number of examples.</param>
    /// <param name="predictions">One for each example, in the same order.</param>
    void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions);
}
