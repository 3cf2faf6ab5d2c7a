using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>The frozen weights of one encoder layer.</summary>
internal sealed class EncoderLayerWeights(
    Func<string, FrozenLinear> linear, Func<string, NormWeights> norm) : IDisposable
{
    public FrozenLinear Query { get; } = linear("attention.self.query");

    public FrozenLinear Key { get; } = linear("attention.self.key");

    public FrozenLinear Value { get; } = linear("attention.self.value");

    public FrozenLinear Attention { get; } = linear("attention.output.dense");

    public NormWeights AttentionNorm { get; } = norm("attention.output.LayerNorm");

    public FrozenLinear Inner { get; } = linear("intermediate.dense");

    public FrozenLinear Output { get; } = linear("output.dense");

    public NormWeights OutputNorm { get; } = norm("output.LayerNorm");

    /// <summary>Every linear layer, in the model's order.</summary>
    public IReadOnlyList<FrozenLinear> Linears => [Query, Key, Value, Attention, Inner, Output];

    public void Dispose()
    {
        foreach (var layer in Linears)
        {
            layer.Dispose();
        }
    }
}
