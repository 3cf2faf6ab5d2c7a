using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A Llama- or GPT-2-type decoder, for the next token or with a classification head.</summary>
internal sealed class DecoderModel : FrozenModel
{
    private readonly DecoderConfig config;
    private readonly Tensor words;
    private readonly Tensor? positions;
    private readonly Tensor? untied;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly FrozenNorm finalNorm;
    private readonly RotaryTable? rotary;

    public DecoderModel(DecoderConfig config, WeightReader reader)
        : base(config)
    {
        this.config = config;
        var isLlama = config.Family == DecoderFamily.Llama;
        var (d, prefix) = (config.HiddenSize, isLlama ? "model." : "transformer.");
        var embedding = isLlama ? "embed_tokens.weight" : "wte.weight";
        // A bare decoder's file lacks the prefix that the same decoder has inside a task model.
        var file = reader.Contains(prefix + embedding) ? prefix : "";
        words = reader.Matrix(file + embedding, config.VocabularySize, d);
        // A classifier's files have no output matrix.
        untied = !config.IsTied && reader.Contains("lm_head.weight")
            ? reader.Matrix("lm_head.weight", config.VocabularySize, d)
            : null;
        positions = isLlama ? null : reader.Matrix(file + "wpe.weight", config.PositionsMax, d);
        layers = ModuleList([.. Enumerable.Range(0, config.LayerCount).Select(Layer)]);
        finalNorm = Norm(isLlama ? "norm" : "ln_f");
        rotary = config.Rotary == null ? null : new RotaryTable(config.Rotary, config.HeadSize, reader.Device);
        RegisterComponents();

        DecoderLayer Layer(int layer)
        {
            var start = string.Create(CultureInfo.InvariantCulture, $"{(isLlama ? "layers" : "h")}.{layer}.");
            LinearLayer Linear(string part, int input, int width, bool hasBias) => new(
                reader, new LinearModule(prefix + start + part, input, width), file + start + part, hasBias,
                isTransposed: !isLlama);
            FrozenNorm LayerNorm(string part) => Norm(start + part);
            return isLlama
                ? new LlamaLayer(config, Linear, LayerNorm)
                : new Gpt2Layer(config, Linear, LayerNorm);
        }

        FrozenNorm Norm(string norm) => new(reader, file + norm, d, config.NormEpsilon, hasBias: !isLlama);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<LinearLayer>> Linears => [.. layers.Select(l => l.Linears)];

    /// <summary>Gives the next token's logits, vocabulary x d; null where the files have none.</summary>
    private Tensor? Output => config.IsTied ? words : untied;

    /// <inheritdoc/>
    public override Tensor Embed(TokenBatch batch)
    {
        var x = Rows(words, batch.Ids);
        return positions is null ? x : x.add_(positions.narrow(0, 0, batch.Width));
    }

    /// <inheritdoc/>
    public override Tensor Layer(int index, Tensor x, TokenBatch batch) => layers[index].call(x, rotary);

    /// <inheritdoc/>
    public override Tensor Wanted(Tensor x, TokenBatch batch) =>
        finalNorm.call(x.reshape(-1, config.HiddenSize).index_select(0, batch.WantedRows));

    /// <summary>
    /// An adapter without a head is for the next token; one with <c>score.weight</c> is for a classifier.
    /// </summary>
    /// <inheritdoc/>
    public override TaskHead CreateHead(Adapter adapter, AdapterTensors tensors) =>
        HeadTensors.ScoreOf(config, adapter, Output is not null) is { } spec
            ? new ScoreHead(tensors.Get(spec, adapter.Values(spec.Name)))
            : new NextTokenHead(Output!);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rotary?.Dispose();
        }

        base.Dispose(disposing);
    }
}
