using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>Names and shapes of the classification head, as Hugging Face's sequence classifiers call them.</summary>
public static class HeadTensors
{
    /// <summary>
    /// The head's tensors. Encoders: for RoBERTa dense (weight, bias) first; always the output's weight and bias last.
    /// Decoders: one weight on the last token's hidden state, without a bias.
    /// </summary>
    public static IReadOnlyList<TensorSpec> For(ModelConfig config, int labelCount) => config switch
    {
        EncoderConfig encoder => ForEncoder(encoder, labelCount),
        _ => [new("score.weight", labelCount, config.HiddenSize)],
    };

    /// <summary>The number of labels that an adapter's head has.</summary>
    /// <exception cref="ArgumentException">The adapter lacks a tensor of the head, has one more, or one
    /// has another shape.</exception>
    internal static int LabelCount(EncoderConfig config, Adapter adapter)
    {
        var name = OutputName(config) + ".bias";
        var labels = adapter.Head.FirstOrDefault(h => h.Spec.Name == name)?.Spec.Rows
            ?? throw new ArgumentException($"the adapter has no tensor {name}", nameof(adapter));
        var specs = ForEncoder(config, labels);
        foreach (var spec in specs)
        {
            if (!adapter.Head.Any(h => h.Spec == spec))
            {
                throw new ArgumentException(
                    $"the adapter needs a tensor {spec.Name} of {spec.Rows} x {spec.Columns}", nameof(adapter));
            }
        }

        return adapter.Head.FirstOrDefault(h => !specs.Contains(h.Spec)) is { } stranger
            ? throw new ArgumentException($"the model's head has no tensor {stranger.Spec.Name}", nameof(adapter))
            : labels;
    }

    /// <summary>
    /// <c>score.weight</c> of a classifier on a decoder; null for an adapter without a head, which is for the next
    /// token.
    /// </summary>
    /// <exception cref="ArgumentException">The head is another model's, or the next token is wanted of a model without
    /// an output matrix.</exception>
    internal static TensorSpec? ScoreOf(DecoderConfig config, Adapter adapter, bool hasOutput)
    {
        if (adapter.Head.IsEmpty)
        {
            return hasOutput ? null : throw new ArgumentException(
                "an adapter without a head is for the next token, and the model has no lm_head.weight to predict it",
                nameof(adapter));
        }

        var spec = adapter.Head[0].Spec;
        var expected = For(config, spec.Rows)[0];
        return adapter.Head.Length == 1 && spec == expected ? spec : throw new ArgumentException(
            $"the adapter's head is {string.Join(", ", adapter.Head.Select(h => h.Spec.Name))}, the first of "
            + $"{spec.Rows} x {spec.Columns}; a decoder's is {expected.Name} of labels x {expected.Columns} alone",
            nameof(adapter));
    }

    /// <summary>A BERT classifier needs the model's pooler.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static void RequirePooler(bool hasPooler)
    {
        if (!hasPooler)
        {
            throw new ArgumentException(
                "the model has no pooler.dense, which a BERT classifier reads", nameof(hasPooler));
        }
    }

    private static TensorSpec[] ForEncoder(EncoderConfig config, int labelCount)
    {
        var output = OutputName(config);
        TensorSpec[] last =
            [new(output + ".weight", labelCount, config.HiddenSize), new(output + ".bias", labelCount, 1)];
        return config.Family == EncoderFamily.Bert ? last :
        [
            new("classifier.dense.weight", config.HiddenSize, config.HiddenSize),
            new("classifier.dense.bias", config.HiddenSize, 1),
            .. last,
        ];
    }

    private static string OutputName(EncoderConfig config) =>
        config.Family == EncoderFamily.Bert ? "classifier" : "classifier.out_proj";
}
