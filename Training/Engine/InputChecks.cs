using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>What every engine refuses, and in which words.</summary>
internal static class InputChecks
{
    /// <exception cref="ArgumentException">The sizes contradict each other.</exception>
    public static void RequireSound(ModelConfig config)
    {
        if (!config.IsSound)
        {
            throw new ArgumentException(
                "sizes are out of range or contradict each other: " +
                $"vocabulary {config.VocabularySize}, width {config.HiddenSize}, heads {config.HeadCount}, " +
                $"layers {config.LayerCount}, feed-forward width {config.FeedForwardSize}, tokens " +
                $"{config.TokensMax} and what goes with them", nameof(config));
        }
    }

    /// <summary>The adapted layer exists and has the adapter's widths.</summary>
    /// <param name="shape">What the adapter has.</param>
    /// <param name="module">The model's layer of that name, or null.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void RequireFit(LoraShape shape, LinearModule? module)
    {
        if (module == null)
        {
            throw new ArgumentException($"the model has no linear layer {shape.Module}", nameof(shape));
        }

        if (shape.InputWidth != module.InputWidth || shape.OutputWidth != module.OutputWidth)
        {
            throw new ArgumentException(
                $"{shape.Module}: the adapter is for {shape.InputWidth} -> {shape.OutputWidth}, " +
                $"the model has {module.InputWidth} -> {module.OutputWidth}", nameof(shape));
        }
    }

    /// <exception cref="ArgumentException">The length is not that of the layout.</exception>
    public static void RequireParameters(ReadOnlySpan<float> parameters, int parameterCount)
    {
        if (parameters.Length != parameterCount)
        {
            throw new ArgumentException(
                $"{parameters.Length} parameters; the round trains {parameterCount} values", nameof(parameters));
        }
    }

    /// <exception cref="ArgumentException">The sink takes rows of another length.</exception>
    public static void RequireSink(IGradientSink sink, int dimension)
    {
        if (sink.Dimension != dimension)
        {
            throw new ArgumentException(
                $"the sink takes rows of {sink.Dimension}; the round trains {dimension}", nameof(sink));
        }
    }

    /// <exception cref="ArgumentException">There is not one prediction for each example.</exception>
    public static void RequireRoom(ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        if (predictions.Length != examples.Length)
        {
            throw new ArgumentException(
                $"room for {predictions.Length} predictions of {examples.Length} examples", nameof(predictions));
        }
    }

    /// <param name="examples">The examples.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="labelCount">Of the head, or null where the next token is predicted.</param>
    /// <exception cref="ArgumentException">An example is too long, or for the other task, or has an id or a label
    /// that is not there.</exception>
    public static void RequireFit(ReadOnlySpan<TokenizedExample> examples, ModelConfig config, int? labelCount)
    {
        foreach (var example in examples)
        {
            if (example.Tokens.Length > config.TokensMax)
            {
                throw new ArgumentException(
                    $"an example has {example.Tokens.Length} tokens; the model takes {config.TokensMax}",
                    nameof(examples));
            }

            if (example.HasLabel != labelCount.HasValue)
            {
                throw new ArgumentException(
                    example.HasLabel
                        ? "an example has a label; the adapter has no head, so the task is the next token"
                        : "an example has no label; the adapter has a classification head",
                    nameof(examples));
            }

            if (example.HasLabel && example.Label >= labelCount)
            {
                throw new ArgumentException($"label {example.Label}; the head has {labelCount}", nameof(examples));
            }

            foreach (var token in example.Tokens)
            {
                if ((uint)token >= (uint)config.VocabularySize)
                {
                    throw new ArgumentException(
                        $"token id {token}; the vocabulary has {config.VocabularySize}", nameof(examples));
                }
            }
        }
    }
}
