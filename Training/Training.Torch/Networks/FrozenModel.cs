using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// A base model on the device, layer by layer, so that a pass can choose which layers are differentiated and which
/// activations are kept. Dropout is off.
/// </summary>
internal abstract class FrozenModel(ModelConfig config) : Module(config.GetType().Name)
{
    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => config;

    /// <summary>Layer by layer the linear layers that can carry a low-rank pair, in the model's order.</summary>
    public abstract IReadOnlyList<IReadOnlyList<LinearLayer>> Linears { get; }

    /// <summary>The first layer's input, n x T x d.</summary>
    public abstract Tensor Embed(TokenBatch batch);

    /// <summary>One layer.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="x">n x T x d.</param>
    /// <param name="batch">The examples.</param>
    public abstract Tensor Layer(int index, Tensor x, TokenBatch batch);

    /// <summary>The rows that the head reads, of the last layer's output; rows x d.</summary>
    public abstract Tensor Wanted(Tensor x, TokenBatch batch);

    /// <summary>The head that an adapter asks for.</summary>
    /// <exception cref="ArgumentException">The adapter's head does not fit the model.</exception>
    public abstract TaskHead CreateHead(Adapter adapter, AdapterTensors tensors);

    /// <summary>Rows of a table, rows x d, by their numbers, n x T; n x T x d.</summary>
    protected static Tensor Rows(Tensor table, Tensor numbers) =>
        table.index_select(0, numbers.flatten()).view(numbers.shape[0], numbers.shape[1], table.shape[1]);
}
