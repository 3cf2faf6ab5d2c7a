using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>
/// Pushes micro-batches through the encoder and its classifier, forward and back. One object for each worker: it holds
/// all buffers of a batch, so that a steady state allocates nothing.
/// </summary>
internal sealed unsafe class EncoderPass : IModelPass
{
    private readonly EncoderWeights weights;
    private readonly GemmKernel kernel;
    private readonly Attention attention;
    private readonly FirstTokenAttention firstTokens;
    private readonly LinearPass linears;
    private readonly LayerCache[] own;
    private readonly LayerCache shared = new();
    private readonly AlignedBuffer scratch = new();
    private readonly NormCache embeddingNorm = new();
    private readonly AlignedBuffer final = new();
    private readonly AlignedBuffer features = new();
    private readonly BackwardBuffers back = new();
    private int[] starts = new int[64];
    private int[] firstOnly = new int[64];
    private float[] probabilities = [];

    public EncoderPass(EncoderWeights weights, GemmKernel kernel)
    {
        this.weights = weights;
        this.kernel = kernel;
        linears = new LinearPass(kernel);
        attention = new Attention(kernel, linears, weights.Config.HiddenSize, weights.Config.HeadCount);
        firstTokens = new FirstTokenAttention(kernel, linears, weights.Config.HiddenSize, weights.Config.HeadCount);
        own = [.. weights.Layers.Select(_ => new LayerCache())];
    }

    private int Width => weights.Config.HiddenSize;

    /// <inheritdoc/>
    public GradientRows Rows { get; } = new();

    /// <inheritdoc/>
    public void Evaluate(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        var batch = Batch(examples);
        Forward(map, batch, keepFrom: int.MaxValue, allRows: false);
        Classify(HeadOf(map), batch, predictions, withGradient: false);
    }

    /// <inheritdoc/>
    public void Gradients(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, int dimension)
    {
        var batch = Batch(examples);
        var lowest = map.LowestTrainedLayer;
        Rows.Reserve(batch.Count, dimension);
        Forward(map, batch, keepFrom: lowest, allRows: false);
        Classify(HeadOf(map), batch, [], withGradient: true);
        if (lowest == weights.Layers.Count)
        {
            return;
        }

        var output = back.Output.Reserve((long)batch.Count * Width);
        HeadOf(map).BackwardToHidden(kernel, back.Preactivation.Pointer, batch.Count, output);
        for (var layer = weights.Layers.Count - 1; layer >= lowest; layer--)
        {
            BackwardLayer(map, batch, layer, needsInput: layer > lowest);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> HiddenStates(LowRankMap map, ReadOnlySpan<TokenizedExample> examples)
    {
        var batch = Batch(examples);
        Forward(map, batch, keepFrom: int.MaxValue, allRows: true);
        return new ReadOnlySpan<float>(final.Pointer, checked(batch.TokenCount * Width));
    }

    /// <inheritdoc/>
    public void Observe(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, ILinearObserver observer)
    {
        linears.Observer = observer;
        Forward(map, Batch(examples), keepFrom: int.MaxValue, allRows: false);
        linears.Observer = null;
    }

    public void Dispose()
    {
        foreach (var cache in own)
        {
            cache.Dispose();
        }

        foreach (var buffer in (IDisposable[])
            [shared, attention, firstTokens, linears, scratch, embeddingNorm, final, features, back, Rows])
        {
            buffer.Dispose();
        }
    }

    /// <summary>The model that made this pass made the head, too.</summary>
    private static ClassifierHead HeadOf(LowRankMap map) => (ClassifierHead)map.Head;

    private MicroBatch Batch(ReadOnlySpan<TokenizedExample> examples)
    {
        if (examples.Length >= starts.Length)
        {
            starts = new int[2 * examples.Length];
            firstOnly = new int[2 * examples.Length];
        }

        for (var i = 0; i < firstOnly.Length; i++)
        {
            firstOnly[i] = i;
        }

        return new MicroBatch(examples, starts);
    }

    private LayerCache Cache(int layer, int keepFrom) => layer >= keepFrom ? own[layer] : shared;

    /// <summary>
    /// Only the first token of each example asks in the last layer: the classifier reads nothing else.
    /// </summary>
    private bool IsFirstOnly(int layer) => layer == weights.Layers.Count - 1;

    private void Forward(LowRankMap map, in MicroBatch batch, int keepFrom, bool allRows)
    {
        var first = Cache(0, keepFrom);
        Embed(batch, first.Input.Reserve((long)batch.TokenCount * Width));
        for (var layer = 0; layer < weights.Layers.Count; layer++)
        {
            var output = layer + 1 < weights.Layers.Count ? Cache(layer + 1, keepFrom).Input : final;
            ForwardLayer(
                map, batch, weights.Layers[layer], Cache(layer, keepFrom), !allRows && IsFirstOnly(layer), output);
        }
    }

    private void Embed(in MicroBatch batch, float* output)
    {
        var sum = scratch.Reserve((long)batch.TokenCount * Width);
        // RoBERTa numbers only what is not padding; a padding token, which a text may spell out, has a row of its own.
        var paddingToken = weights.Config.Family == EncoderFamily.Roberta ? weights.Config.PaddingId : -1;
        for (var i = 0; i < batch.Count; i++)
        {
            var tokens = batch.Examples[i].Tokens;
            var nextPosition = weights.Config.PositionOffset;
            for (var t = 0; t < tokens.Length; t++)
            {
                var place = tokens[t] == paddingToken ? paddingToken : nextPosition++;
                var word = weights.WordEmbedding + ((long)tokens[t] * Width);
                var position = weights.PositionEmbedding + ((long)place * Width);
                var target = sum + ((long)(batch.Starts[i] + t) * Width);
                new ReadOnlySpan<float>(word, Width).CopyTo(new Span<float>(target, Width));
                RowMath.Add(position, target, Width);
                RowMath.Add(weights.TokenTypeEmbedding, target, Width);
            }
        }

        RowMath.AddAndNormalize(sum, null, batch.TokenCount, weights.EmbeddingNorm, output, embeddingNorm);
    }

    private void ForwardLayer(
        LowRankMap map, in MicroBatch batch, EncoderLayerWeights layer, LayerCache cache, bool isFirstOnly,
        AlignedBuffer output)
    {
        var queries = isFirstOnly ? batch.Count : batch.TokenCount;
        cache.Reserve(weights.Config, queries);
        var asking = cache.Input.Pointer;
        if (isFirstOnly)
        {
            firstTokens.Forward(map, layer, cache, batch.Starts);
            asking = firstTokens.Asking;
        }
        else
        {
            attention.Forward(map, layer, cache, batch.Starts);
        }

        var sum = scratch.Reserve((long)queries * Width);
        linears.Forward(map[layer.Attention], cache.Context.Pointer, queries, sum);
        RowMath.AddAndNormalize(
            sum, asking, queries, layer.AttentionNorm, cache.Middle.Pointer, cache.AttentionNorm);

        linears.Forward(map[layer.Inner], cache.Middle.Pointer, queries, cache.Inner.Pointer);
        ActivationMath.Apply(
            weights.Config.Activation, cache.Inner.Pointer, cache == shared ? null : cache.InnerSlope.Pointer,
            (long)queries * weights.Config.FeedForwardSize);
        linears.Forward(map[layer.Output], cache.Inner.Pointer, queries, sum);
        RowMath.AddAndNormalize(
            sum, cache.Middle.Pointer, queries, layer.OutputNorm, output.Reserve((long)queries * Width),
            cache.OutputNorm);
    }

    private void Classify(ClassifierHead head, in MicroBatch batch, Span<Prediction> predictions, bool withGradient)
    {
        Array.Resize(ref probabilities, head.Labels);
        var h = final.Pointer;
        var z = features.Reserve((long)batch.Count * Width);
        head.Features(kernel, h, batch.Count, z);
        var preactivation = back.Preactivation.Reserve((long)batch.Count * Width);
        for (var i = 0; i < batch.Count; i++)
        {
            var label = batch.Examples[i].Label;
            var prediction = head.Predict(z + ((long)i * Width), label, probabilities);
            if (!withGradient)
            {
                predictions[i] = prediction;
                continue;
            }

            probabilities[label] -= 1;
            var at = (long)i * Width;
            head.Backward(
                new ReadOnlySpan<float>(h + at, Width), new ReadOnlySpan<float>(z + at, Width), probabilities,
                Rows.Row(i), new Span<float>(preactivation + at, Width));
        }
    }

    /// <summary>
    /// From the gradient of a layer's output, in <c>back.Output</c>, to that of its input, in the same place.
    /// </summary>
    private void BackwardLayer(LowRankMap map, in MicroBatch batch, int index, bool needsInput)
    {
        var layer = weights.Layers[index];
        var cache = own[index];
        var isFirstOnly = IsFirstOnly(index);
        var queryStarts = isFirstOnly ? firstOnly.AsSpan(0, batch.Count + 1) : batch.Starts;
        var queries = queryStarts[^1];
        var inner = weights.Config.FeedForwardSize;

        var sum = back.Sum.Reserve((long)queries * Width);
        RowMath.NormalizeBackward(back.Output.Pointer, queries, layer.OutputNorm, cache.OutputNorm, sum);
        var wide = back.Inner.Reserve((long)queries * inner);
        linears.Backward(map[layer.Output], cache.Inner.Pointer, sum, queryStarts, Rows, wide);
        RowMath.Multiply(cache.InnerSlope.Pointer, wide, (long)queries * inner);
        // The residual path: what reaches the sum reaches the middle too.
        linears.Backward(map[layer.Inner], cache.Middle.Pointer, wide, queryStarts, Rows, sum, accumulate: true);

        // What reaches a layer norm's sum reaches the layer's input, too.
        var input = back.Output.Reserve((long)batch.TokenCount * Width);
        var residual = isFirstOnly ? sum : input;
        RowMath.NormalizeBackward(sum, queries, layer.AttentionNorm, cache.AttentionNorm, residual);
        var context = back.Context.Reserve((long)queries * Width);
        linears.Backward(map[layer.Attention], cache.Context.Pointer, residual, queryStarts, Rows, context);
        if (!isFirstOnly)
        {
            attention.Backward(map, layer, cache, queryStarts, back, Rows, needsInput ? input : null);
            return;
        }

        firstTokens.Backward(
            map, layer, cache, batch.Starts, queryStarts, back, Rows, residual, needsInput ? input : null);
        for (var i = 0; needsInput && i < batch.Count; i++)
        {
            RowMath.Add(residual + ((long)i * Width), input + ((long)batch.Starts[i] * Width), Width);
        }
    }
}
