namespace FedLowRank.Aggregation.Adapters;

/// <summary>What a base model's sizes alone say, without its weights: which adapters fit it.</summary>
public interface IBaseModelShape
{
    /// <summary>Longest input in tokens, frame tokens included.</summary>
    int TokensMax { get; }

    /// <summary>True for a decoder with an output matrix, which can be trained to tell the next token.</summary>
    bool PredictsTokens { get; }

    /// <summary>Weights of all linear layers; embeddings come on top.</summary>
    long LinearWeights { get; }

    /// <summary>
    /// The layers that target names mean, in model order, by PEFT's rule for <c>target_modules</c>: a layer matches a
    /// target if its name is the target or ends with a dot and the target.
    /// </summary>
    /// <param name="targets">At least one.</param>
    /// <param name="rank">r of all of them.</param>
    /// <param name="alpha">Of all of them; positive and finite.</param>
    /// <exception cref="ArgumentException">
    /// No targets, or one that matches nothing (<paramref name="targets"/>), or a layer that is narrower than the rank
    /// (<paramref name="rank"/>); its parameter name tells which.
    /// </exception>
    IReadOnlyList<LoraShape> Adapt(IReadOnlyList<string> targets, int rank, double alpha);

    /// <summary>
    /// The tensors of a head for a number of labels; the output layer's weight and, if it has one, bias come last.
    /// </summary>
    IReadOnlyList<TensorSpec> HeadFor(int labels);
}
