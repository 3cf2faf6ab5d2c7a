using FedLowRank.Training.Data;

namespace FedLowRank.Training.Models;

/// <summary>
/// Sizes of a base model, from the <c>config.json</c> of a Hugging Face folder; the kinds of model are its subclasses.
/// </summary>
public abstract record ModelConfig
{
    /// <summary>Largest <c>config.json</c> that is read, in bytes.</summary>
    protected const long BytesMax = 1 << 20;

    /// <summary>Rows of the word embedding (<c>vocab_size</c>).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the model (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Layers (<c>num_hidden_layers</c>).</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads of each layer (<c>num_attention_heads</c>).</summary>
    public required int HeadCount { get; init; }

    /// <summary>Inner width of the feed-forward layers (<c>intermediate_size</c>).</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Most tokens in a text, frame tokens included.</summary>
    public abstract int TokensMax { get; }

    /// <summary>Every linear layer that can carry a low-rank pair, in the model's order.</summary>
    public abstract IReadOnlyList<LinearModule> Modules { get; }

    /// <summary>
    /// Whether the sizes fit together and every row that is read lies in its table; one made in code may not.
    /// </summary>
    internal abstract bool IsSound { get; }

    /// <summary>Reads a <c>config.json</c> of any supported kind, which <c>model_type</c> tells.</summary>
    /// <exception cref="InputFileException">
    /// The file cannot be read, a size is out of range, or it asks for something that is not supported (named in the
    /// message with what is supported).
    /// </exception>
    public static ModelConfig Read(string path) => From(JsonField.ReadFile(path, BytesMax));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The content of a <c>config.json</c>.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> json, string name) => From(JsonField.Parse(json, name));

    private static ModelConfig From(JsonField root)
    {
        var type = root["model_type"];
        return type.Text() switch
        {
            "roberta" or "xlm-roberta" or "camembert" or "bert" => EncoderConfig.From(root),
            "llama" or "mistral" or "qwen2" or "gpt2" => DecoderConfig.From(root),
            _ => throw type.Error(
                "is not supported; supported are roberta, xlm-roberta, camembert, bert, llama, mistral, qwen2 "
                + "and gpt2"),
        };
    }
}
