using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>The frozen weights of one decoder layer.</summary>
internal sealed class DecoderLayerWeights : IDisposable
{
    public required NormWeights AttentionNorm { get; init; }

    /// <summary>Query, key and value; or the one layer that gives all three side by side.</summary>
    public required IReadOnlyList<FrozenLinear> Projections { get; init; }

    public required FrozenLinear AttentionOutput { get; init; }

    public required NormWeights FeedForwardNorm { get; init; }

    /// <summary>The gate of SwiGLU; null where the non-linearity is GELU.</summary>
    public FrozenLinear? Gate { get; init; }

    public required FrozenLinear Up { get; init; }

    public required FrozenLinear Down { get; init; }

    /// <summary>True where one layer gives query, key and value.</summary>
    public bool IsFused => Projections.Count == 1;

    /// <summary>Every linear layer, in the model's order.</summary>
    public IReadOnlyList<FrozenLinear> Linears =>
        Gate == null ? [.. Projections, AttentionOutput, Up, Down] : [.. Projections, AttentionOutput, Gate, Up, Down];

    public void Dispose()
    {
        foreach (var linear in Linears)
        {
            linear.Dispose();
        }
    }
}
