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
        attention = new Attention(kernel, weights.Config.HiddenSize, weights.Config.HeadCount);
        linears = new LinearPass(kernel);
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
            [shared, attention, linears, scratch, embeddingNorm, final, features, back, Rows])
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
    private ReadOnlySpan<int> QueryStarts(in MicroBatch batch, int layer, bool allRows) =>
        allRows || layer < weights.Layers.Count - 1 ? batch.Starts : firstOnly.AsSpan(0, batch.Count + 1);

    private void Forward(LowRankMap map, in MicroBatch batch, int keepFrom, bool allRows)
    {
        var first = Cache(0, keepFrom);
        Embed(batch, first.Input.Reserve((long)batch.TokenCount * Width));
        for (var layer = 0; layer < weights.Layers.Count; layer++)
        {
            var queryStarts = QueryStarts(batch, layer, allRows);
            var output = layer + 1 < weights.Layers.Count ? Cache(layer + 1, keepFrom).Input : final;
            ForwardLayer(map, batch, weights.Layers[layer], Cache(layer, keepFrom), queryStarts, output);
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
        LowRankMap map, in MicroBatch batch, EncoderLayerWeights layer, LayerCache cache, ReadOnlySpan<int> queryStarts,
        AlignedBuffer output)
    {
        var (tokens, queries) = (batch.TokenCount, queryStarts[^1]);
        cache.Reserve(weights.Config, tokens, queries, attention.ProbabilityCount(queryStarts, batch.Starts));
        var x = cache.Input.Pointer;
        var asking = x;
        if (queries != tokens)
        {
            asking = cache.QueryInput.Pointer;
            CopyFirstRows(x, batch, asking);
        }

        linears.Forward(map[layer.Query], asking, queries, cache.Query.Pointer);
        linears.Forward(map[layer.Key], x, tokens, cache.Key.Pointer);
        linears.Forward(map[layer.Value], x, tokens, cache.Value.Pointer);
        attention.Forward(cache, queryStarts, batch.Starts);

        var sum = scratch.Reserve((long)queries * Width);
        linears.Forward(map[layer.Attention], cache.Context.Pointer, queries, sum);
        RowMath.AddAndNormalize(
            sum, asking, queries, layer.AttentionNorm, cache.Middle.Pointer, cache.AttentionNorm);

        linears.Forward(map[layer.Inner], cache.Middle.Pointer, queries, cache.Inner.Pointer);
        ActivationMath.Apply(
            weights.Config.Activation, cache.Inner.Pointer, cache.InnerSlope.Pointer,
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
        var queryStarts = QueryStarts(batch, index, allRows: false);
        var (tokens, queries) = (batch.TokenCount, queryStarts[^1]);
        var inner = weights.Config.FeedForwardSize;

        var sum = back.Sum.Reserve((long)queries * Width);
        RowMath.NormalizeBackward(back.Output.Pointer, queries, layer.OutputNorm, cache.OutputNorm, sum);
        var wide = back.Inner.Reserve((long)queries * inner);
        linears.Backward(map[layer.Output], cache.Inner.Pointer, sum, queryStarts, Rows, wide);
        RowMath.Multiply(cache.InnerSlope.Pointer, wide, (long)queries * inner);
        // The residual path: what reaches the sum reaches the middle too.
        linears.Backward(map[layer.Inner], cache.Middle.Pointer, wide, queryStarts, Rows, sum, accumulate: true);

        RowMath.NormalizeBackward(sum, queries, layer.AttentionNorm, cache.AttentionNorm, sum);
        var context = back.Context.Reserve((long)queries * Width);
        linears.Backward(map[layer.Attention], cache.Context.Pointer, sum, queryStarts, Rows, context);

        back.Query.Reserve((long)queries * Width);
        back.Key.Reserve((long)tokens * Width);
        back.Value.Reserve((long)tokens * Width);
        attention.Backward(cache, queryStarts, batch.Starts, back);

        var asking = queries == tokens ? cache.Input.Pointer : cache.QueryInput.Pointer;
        var x = cache.Input.Pointer;
        linears.Backward(
            map[layer.Query], asking, back.Query.Pointer, queryStarts, Rows, needsInput ? sum : null,
            accumulate: true);
        var input = needsInput ? SpreadRows(batch, queries, sum) : null;
        linears.Backward(map[layer.Key], x, back.Key.Pointer, batch.Starts, Rows, input, accumulate: true);
        linears.Backward(map[layer.Value], x, back.Value.Pointer, batch.Starts, Rows, input, accumulate: true);
    }

    private void CopyFirstRows(float* source, in MicroBatch batch, float* target)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            new ReadOnlySpan<float>(source + ((long)batch.Starts[i] * Width), Width)
                .CopyTo(new Span<float>(target + ((long)i * Width), Width));
        }
    }

    /// <summary>Puts the gradient of the asking rows to their places among all tokens, in <c>back.Output</c>.</summary>
    private float* SpreadRows(in MicroBatch batch, int queries, float* asking)
    {
        if (queries == batch.TokenCount)
        {
            var all = back.Output.Reserve((long)queries * Width);
            var count = checked(queries * Width);
            new ReadOnlySpan<float>(asking, count).CopyTo(new Span<float>(all, count));
            return all;
        }

        var output = BackwardBuffers.Cleared(back.Output, (long)batch.TokenCount * Width);
        for (var i = 0; i < batch.Count; i++)
        {
            new ReadOnlySpan<float>(asking + ((long)i * Width), Width)
                .CopyTo(new Span<float>(output + ((long)batch.Starts[i] * Width), Width));
        }

        return output;
    }
}
