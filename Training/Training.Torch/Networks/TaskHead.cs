using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>What turns the wanted rows into predictions and starts the backward pass.</summary>
internal abstract class TaskHead
{
    /// <summary>Number of labels, or null where the next token is predicted.</summary>
    public abstract int? LabelCount { get; }

    /// <summary>The tensors that the round trains.</summary>
    public abstract IReadOnlyList<AdapterTensor> Trained { get; }

    /// <summary>Predicts each example.</summary>
    /// <param name="hidden">The wanted rows, rows x d.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="predictions">One for each example.</param>
    public abstract void Predict(Tensor hidden, TokenBatch batch, Span<Prediction> predictions);

    /// <summary>
    /// Gradients of each example's own loss: of the head's trained tensors into <paramref name="rows"/>, and of the
    /// wanted rows as the result.
    /// </summary>
    /// <param name="hidden">The wanted rows, rows x d.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="rows">Receives the head's part of each example's gradient.</param>
    /// <returns>As large as <paramref name="hidden"/>, and of its type.</returns>
    public abstract Tensor Gradient(Tensor hidden, TokenBatch batch, DeviceRows rows);
}
