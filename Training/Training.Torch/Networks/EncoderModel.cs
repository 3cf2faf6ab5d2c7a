using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A BERT-type encoder; its head reads the first token.</summary>
internal sealed class EncoderModel : FrozenModel
{
    private readonly EncoderConfig config;
    private readonly Tensor words;
    private readonly Tensor positions;
    private readonly Tensor tokenType;
    private readonly FrozenNorm embeddingNorm;
    private readonly ModuleList<EncoderLayer> layers;
    private readonly LinearLayer? pooler;

    public EncoderModel(EncoderConfig config, WeightReader reader)
        : base(config)
    {
        this.config = config;
        var (d, prefix) = (config.HiddenSize, config.Family == EncoderFamily.Bert ? "bert." : "roberta.");
        // A bare encoder's file lacks the prefix that the same encoder has inside a task model.
        var file = reader.Contains(prefix + "embeddings.word_embeddings.weight") ? prefix : "";
        words = reader.Matrix(file + "embeddings.word_embeddings.weight", config.VocabularySize, d);
        positions = reader.Matrix(file + "embeddings.position_embeddings.weight", config.PositionRows, d);
        tokenType = reader.Matrix(file + "embeddings.token_type_embeddings.weight", config.TokenTypeCount, d);
        embeddingNorm = Norm(file + "embeddings.LayerNorm");
        layers = ModuleList(Enumerable.Range(0, config.LayerCount).Select(layer =>
        {
            var start = string.Create(CultureInfo.InvariantCulture, $"encoder.layer.{layer}.");
            return new EncoderLayer(
                config, part => Linear(start + part, part), part => Norm(file + start + part),
                asksFirstOnly: layer == config.LayerCount - 1);
        }).ToArray());
        if (config.Family == EncoderFamily.Bert && reader.Contains(file + "pooler.dense.weight"))
        {
            pooler = Linear("pooler.dense", "pooler.dense");
        }

        RegisterComponents();

        FrozenNorm Norm(string norm) => new(reader, norm, d, config.LayerNormEpsilon, hasBias: true);

        LinearLayer Linear(string linear, string part)
        {
            var (input, output) = part switch
            {
                "intermediate.dense" => (d, config.FeedForwardSize),
                "output.dense" => (config.FeedForwardSize, d),
                _ => (d, d),
            };
            return new LinearLayer(
                reader, new LinearModule(prefix + linear, input, output), file + linear,
                mayQuantize: part != "pooler.dense");
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<LinearLayer>> Linears => [.. layers.Select(l => l.Linears)];

    /// <inheritdoc/>
    public override Tensor Embed(TokenBatch batch)
    {
        var sum = Rows(words, batch.Ids)
            .add_(Rows(positions, Positions(batch)))
            .add_(tokenType[0]);
        return embeddingNorm.call(sum);
    }

    /// <inheritdoc/>
    public override Tensor Layer(int index, Tensor x, TokenBatch batch) => layers[index].call(x, batch);

    /// <inheritdoc/>
    public override Tensor Wanted(Tensor x, TokenBatch batch) => x.squeeze(1);

    /// <inheritdoc/>
    public override TaskHead CreateHead(Adapter adapter, AdapterTensors tensors) =>
        new EncoderHead(config, pooler, adapter, tensors);

    /// <summary>
    /// Rows of the position embedding, n x T. RoBERTa numbers only what is not padding; a padding token, which a text
    /// may spell out, has a row of its own.
    /// </summary>
    private Tensor Positions(TokenBatch batch)
    {
        var paddingToken = config.Family == EncoderFamily.Roberta ? config.PaddingId : -1;
        var places = new long[batch.Count * batch.Width];
        for (var i = 0; i < batch.Count; i++)
        {
            var tokens = batch.Examples[i].Tokens;
            var next = config.PositionOffset;
            for (var t = 0; t < batch.Width; t++)
            {
                // What is filled up is not read; it only needs a row that is there.
                places[(i * batch.Width) + t] = t >= tokens.Length ? config.PositionOffset
                    : tokens[t] == paddingToken ? paddingToken : next++;
            }
        }

        return batch.Tensor(places, batch.Count, batch.Width);
    }
}
