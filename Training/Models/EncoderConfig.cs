using FedLowRank.Training.Data;

namespace FedLowRank.Training.Models;

/// <summary>
/// Sizes and options of a BERT-type encoder (post-layer-norm, learned absolute positions), from the
/// <c>config.json</c> of a Hugging Face folder.
/// </summary>
public sealed record EncoderConfig : ModelConfig
{
    private const int MatrixValuesMax = int.MaxValue;

    /// <summary>The family, by <c>model_type</c>: roberta, xlm-roberta and camembert, or bert.</summary>
    public required EncoderFamily Family { get; init; }

    /// <summary>Non-linearity of the feed-forward layers (<c>hidden_act</c>).</summary>
    public required EncoderActivation Activation { get; init; }

    /// <summary>Added to the variance in every layer norm (<c>layer_norm_eps</c>).</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary>Rows of the position embedding (<c>max_position_embeddings</c>).</summary>
    public required int PositionRows { get; init; }

    /// <summary>Row of the position embedding for a text's first token.</summary>
    public required int PositionOffset { get; init; }

    /// <summary>Rows of the token-type embedding (<c>type_vocab_size</c>); a single text uses row 0.</summary>
    public required int TokenTypeCount { get; init; }

    /// <summary>Token id of padding (<c>pad_token_id</c>).</summary>
    public required int PaddingId { get; init; }

    /// <summary>Width of one attention head.</summary>
    public int HeadSize => HiddenSize / HeadCount;

    /// <inheritdoc/>
    public override int TokensMax => PositionRows - PositionOffset;

    /// <inheritdoc/>
    public override IReadOnlyList<LinearModule> Modules =>
        [.. Enumerable.Range(0, LayerCount).SelectMany(LayerModules)];

    /// <inheritdoc/>
    internal override bool IsSound =>
        VocabularySize > 0 && HeadCount > 0 && HiddenSize > 0 && HiddenSize % HeadCount == 0
        && LayerCount > 0 && FeedForwardSize > 0 && TokenTypeCount > 0 && PaddingId >= 0
        && PositionOffset == (Family == EncoderFamily.Roberta ? PaddingId + 1 : 0) && PositionRows > PositionOffset;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="InputFileException">
    /// The file cannot be read, a size is out of range, or it asks for something that is not supported (named in the
    /// message with what is supported).
    /// </exception>
    public static new EncoderConfig Read(string path) => From(JsonField.ReadFile(path, BytesMax));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The content of a <c>config.json</c>.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static new EncoderConfig Parse(ReadOnlySpan<byte> json, string name) => From(JsonField.Parse(json, name));

    internal static EncoderConfig From(JsonField root)
    {
        var family = FamilyOf(root["model_type"]);
        RefuseUnsupported(root);

        var vocabularySize = root["vocab_size"].Integer(1, 1 << 24);
        var hiddenSize = root["hidden_size"].Integer(1, 65_536);
        var headCount = root["num_attention_heads"].Integer(1, hiddenSize);
        if (hiddenSize % headCount != 0)
            throw root["num_attention_heads"].Error($"must divide hidden_size, {hiddenSize}");
        // Where a field is absent, the value is that of Hugging Face's RobertaConfig and BertConfig.
        var paddingId = root["pad_token_id"].Integer(
            0, vocabularySize - 1, whenAbsent: family == EncoderFamily.Roberta ? Math.Min(1, vocabularySize - 1) : 0);
        var positionOffset = family == EncoderFamily.Roberta ? paddingId + 1 : 0;
        var positionRows = root["max_position_embeddings"].Integer(1, 1 << 20);
        if (positionRows <= positionOffset)
            throw root["max_position_embeddings"].Error($"must be more than pad_token_id + 1, {positionOffset}");
        var feedForwardSize = root["intermediate_size"].Integer(1, 1 << 20);
        foreach (var (name, rows) in ((string, int)[])
            [
                ("hidden_size", hiddenSize), ("vocab_size", vocabularySize), ("max_position_embeddings", positionRows),
                ("intermediate_size", feedForwardSize),
            ])
            if ((long)rows * hiddenSize > MatrixValuesMax)
                throw root[name].Error($"times hidden_size, {hiddenSize}, exceeds {MatrixValuesMax} values");

        return new EncoderConfig
        {
            Family = family,
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
            LayerCount = root["num_hidden_layers"].Integer(1, 1024),
            HeadCount = headCount,
            FeedForwardSize = feedForwardSize,
            Activation = root["hidden_act"].IsNull ? EncoderActivation.Gelu : ActivationOf(root["hidden_act"]),
            LayerNormEpsilon = root["layer_norm_eps"].PositiveSingle(below: 1, whenAbsent: 1e-12f),
            PositionRows = positionRows,
            PositionOffset = positionOffset,
            TokenTypeCount = root["type_vocab_size"].Integer(1, 1024, whenAbsent: 2),
            PaddingId = paddingId,
        };
    }

    private LinearModule[] LayerModules(int layer)
    {
        var family = Family == EncoderFamily.Bert ? "bert" : "roberta";
        LinearModule Module(string part, int input, int output) =>
            new(FormattableString.Invariant($"{family}.encoder.layer.{layer}.{part}"), input, output);
        return
        [
            Module("attention.self.query", HiddenSize, HiddenSize),
            Module("attention.self.key", HiddenSize, HiddenSize),
            Module("attention.self.value", HiddenSize, HiddenSize),
            Module("attention.output.dense", HiddenSize, HiddenSize),
            Module("intermediate.dense", HiddenSize, FeedForwardSize),
            Module("output.dense", FeedForwardSize, HiddenSize),
        ];
    }

    private static EncoderFamily FamilyOf(JsonField field) => field.Text() switch
    {
        "roberta" or "xlm-roberta" or "camembert" => EncoderFamily.Roberta,
        "bert" => EncoderFamily.Bert,
        _ => throw field.Error("is not supported; supported are roberta, xlm-roberta, camembert and bert"),
    };

    private static EncoderActivation ActivationOf(JsonField field) => field.Text() switch
    {
        "gelu" => EncoderActivation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => EncoderActivation.GeluTanh,
        "relu" => EncoderActivation.Relu,
        _ => throw field.Error("is not supported; supported are gelu, gelu_new, gelu_pytorch_tanh and relu"),
    };

    private static void RefuseUnsupported(JsonField root)
    {
        foreach (var name in (string[])["is_decoder", "add_cross_attention", "is_encoder_decoder"])
            if (root[name].Flag(whenAbsent: false)) throw root[name].Error("is not supported; supported is false");

        var positions = root["position_embedding_type"];
        if (!positions.IsNull && positions.Text() != "absolute")
            throw positions.Error("is not supported; supported is absolute");
        if (!root["quantization_config"].IsNull)
            throw root["quantization_config"].Error("is not supported; supported are plain F32, F16 and BF16 weights");
        if (!root["pruned_heads"].IsNull && root["pruned_heads"].Members().Any())
            throw root["pruned_heads"].Error("is not supported; supported is {}");
    }
}
