using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// Pushes micro-batches through the decoder and its head, forward and back. One object for each worker: it holds all
/// buffers of a batch, so that a steady state allocates nothing. t tokens, q query rows: all tokens, but in the last
/// layer only those that the head reads.
/// </summary>
internal sealed unsafe class DecoderPass : IModelPass
{
    private readonly DecoderWeights weights;
    private readonly LinearPass linears;
    private readonly SelfAttention attention;
    private readonly FeedForward feedForward;
    private readonly NextTokenLoss nextTokens = new();
    private readonly DecoderLayerCache[] own;
    private readonly DecoderLayerCache shared = new();
    private readonly AlignedBuffer stream = new();
    private readonly AlignedBuffer branch = new();
    private readonly AlignedBuffer final = new();
    private readonly NormCache finalNorm = new();
    private readonly AlignedBuffer streamGradient = new();
    private readonly AlignedBuffer branchGradient = new();
    private int[] starts = new int[64];
    private int[] allStarts = new int[64];
    private int[] allOrigins = new int[64];
    private int[] wantedStarts = new int[64];
    private int[] wantedOrigins = new int[64];
    private float[] probabilities = [];

    public DecoderPass(DecoderWeights weights, GemmKernel kernel)
    {
        this.weights = weights;
        linears = new LinearPass(kernel);
        attention = new SelfAttention(weights.Config, kernel, linears);
        feedForward = new FeedForward(weights.Config, linears);
        own = [.. weights.Layers.Select(_ => new DecoderLayerCache())];
    }

    /// <inheritdoc/>
    public GradientRows Rows { get; } = new();

    private int Width => weights.Config.HiddenSize;

    private int LastLayer => weights.Layers.Count - 1;

    /// <inheritdoc/>
    public void Evaluate(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        var batch = Batch(examples);
        var wanted = Wanted(batch, map.Head);
        var hidden = Forward(map, batch, wanted, keepFrom: int.MaxValue);
        if (map.Head is NextTokenHead next)
        {
            nextTokens.Evaluate(next.Output, hidden, batch, wanted, predictions);
            return;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            predictions[i] = Predict((ScoreHead)map.Head, hidden, batch, i);
        }
    }

    /// <inheritdoc/>
    public void Gradients(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, int dimension)
    {
        var batch = Batch(examples);
        var wanted = Wanted(batch, map.Head);
        var lowest = map.LowestTrainedLayer;
        Rows.Reserve(batch.Count, dimension);
        if (dimension == 0)
        {
            return;
        }

        var hidden = Forward(map, batch, wanted, keepFrom: lowest);
        // Room for t rows at once: in the last layer the gradient of q rows spreads to t.
        var gradient = new MatrixRef(streamGradient.Reserve((long)batch.TokenCount * Width), Width);
        if (map.Head is NextTokenHead next)
        {
            nextTokens.Gradient(next.Output, hidden, batch, wanted, gradient);
        }
        else
        {
            Classify((ScoreHead)map.Head, hidden, batch, gradient);
        }

        if (lowest > LastLayer)
        {
            return;
        }

        PreNorm.Backward(gradient.Start, wanted.Count, weights.FinalNorm, finalNorm);
        var all = new QueryRows(batch, WantedTokens.All, allStarts, allOrigins);
        for (var layer = LastLayer; layer >= lowest; layer--)
        {
            BackwardLayer(map, batch, layer == LastLayer ? wanted : all, layer, needsInput: layer > lowest);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> HiddenStates(LowRankMap map, ReadOnlySpan<TokenizedExample> examples)
    {
        var batch = Batch(examples);
        var all = new QueryRows(batch, WantedTokens.All, wantedStarts, wantedOrigins);
        var hidden = Forward(map, batch, all, keepFrom: int.MaxValue);
        return new ReadOnlySpan<float>(hidden.Start, checked(batch.TokenCount * Width));
    }

    /// <inheritdoc/>
    public void Observe(LowRankMap map, ReadOnlySpan<TokenizedExample> examples, ILinearObserver observer)
    {
        var batch = Batch(examples);
        linears.Observer = observer;
        Forward(map, batch, Wanted(batch, map.Head), keepFrom: int.MaxValue);
        linears.Observer = null;
    }

    public void Dispose()
    {
        foreach (var cache in own)
        {
            cache.Dispose();
        }

        foreach (var buffer in (IDisposable[])
            [
                linears, attention, feedForward, nextTokens, shared, stream, branch, final, finalNorm, streamGradient,
                branchGradient, Rows,
            ])
        {
            buffer.Dispose();
        }
    }

    private MicroBatch Batch(ReadOnlySpan<TokenizedExample> examples)
    {
        if (examples.Length >= starts.Length)
        {
            var size = 2 * examples.Length;
            (starts, allStarts, allOrigins) = (new int[size], new int[size], new int[size]);
            (wantedStarts, wantedOrigins) = (new int[size], new int[size]);
        }

        return new MicroBatch(examples, starts);
    }

    private QueryRows Wanted(in MicroBatch batch, ITaskHead head) => new(
        batch, head is NextTokenHead ? WantedTokens.AllButLast : WantedTokens.Last, wantedStarts, wantedOrigins);

    private DecoderLayerCache Cache(int layer, int keepFrom) => layer >= keepFrom ? own[layer] : shared;

    /// <summary>The wanted rows after the final norm, q x d.</summary>
    private MatrixRef Forward(LowRankMap map, in MicroBatch batch, in QueryRows wanted, int keepFrom)
    {
        var all = new QueryRows(batch, WantedTokens.All, allStarts, allOrigins);
        Embed(batch, stream.Reserve((long)batch.TokenCount * Width));
        branch.Reserve((long)batch.TokenCount * Width);
        for (var layer = 0; layer <= LastLayer; layer++)
        {
            ForwardLayer(
                map, batch, layer == LastLayer ? wanted : all, weights.Layers[layer], Cache(layer, keepFrom));
        }

        var hidden = new MatrixRef(final.Reserve((long)wanted.Count * Width), Width);
        PreNorm.Forward(stream.Pointer, wanted.Count, weights.FinalNorm, hidden.Start, finalNorm);
        return hidden;
    }

    private void Embed(in MicroBatch batch, float* target)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var tokens = batch.Examples[i].Tokens;
            for (var t = 0; t < tokens.Length; t++, target += Width)
            {
                weights.CopyEmbedding(tokens[t], target);
                if (weights.PositionEmbedding != null)
                {
                    RowMath.Add(weights.PositionEmbedding + ((long)t * Width), target, Width);
                }
            }
        }
    }

    /// <summary>
    /// x = x + attention(norm(x)), then x = x + feed-forward(norm(x)), in <c>stream</c>: t rows before, q after.
    /// </summary>
    private void ForwardLayer(
        LowRankMap map, in MicroBatch batch, in QueryRows queries, DecoderLayerWeights layer, DecoderLayerCache cache)
    {
        float* x = stream.Pointer, part = branch.Pointer;
        var count = (long)queries.Count * Width;
        var input = cache.AttentionInput.Reserve((long)batch.TokenCount * Width);
        PreNorm.Forward(x, batch.TokenCount, layer.AttentionNorm, input, cache.AttentionNorm);
        attention.Forward(map, layer, cache, batch, queries, part);
        if (!queries.IsAll)
        {
            queries.Gather(x, x, Width);
        }

        RowMath.Add(part, x, count);
        PreNorm.Forward(
            x, queries.Count, layer.FeedForwardNorm, cache.FeedForwardInput.Reserve(count), cache.FeedForwardNorm);
        feedForward.Forward(map, layer, cache, queries.Count, part);
        RowMath.Add(part, x, count);
    }

    private Prediction Predict(ScoreHead head, MatrixRef hidden, in MicroBatch batch, int example)
    {
        Array.Resize(ref probabilities, head.LabelCount!.Value);
        var h = new ReadOnlySpan<float>(hidden.Row(example), Width);
        return head.Predict(h, batch.Examples[example].Label, probabilities);
    }

    private void Classify(ScoreHead head, MatrixRef hidden, in MicroBatch batch, MatrixRef gradient)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Predict(head, hidden, batch, i);
            probabilities[batch.Examples[i].Label] -= 1;
            head.Backward(
                new ReadOnlySpan<float>(hidden.Row(i), Width), probabilities, Rows.Row(i),
                new Span<float>(gradient.Row(i), Width));
        }
    }

    /// <summary>
    /// From the gradient of a layer's output, q rows of <c>streamGradient</c>, to that of its input, t rows of it.
    /// </summary>
    private void BackwardLayer(
        LowRankMap map, in MicroBatch batch, in QueryRows queries, int index, bool needsInput)
    {
        var (layer, cache) = (weights.Layers[index], own[index]);
        var gradient = streamGradient.Pointer;
        var count = (long)queries.Count * Width;

        var goesOn = needsInput || SelfAttention.IsTrained(map, layer);
        var part = goesOn ? branchGradient.Reserve(count) : null;
        feedForward.Backward(map, layer, cache, gradient, queries.Starts, Rows, part);
        if (!goesOn)
        {
            return;
        }

        PreNorm.Backward(part, queries.Count, layer.FeedForwardNorm, cache.FeedForwardNorm);
        RowMath.Add(part, gradient, count);

        var all = (long)batch.TokenCount * Width;
        part = needsInput ? branchGradient.Reserve(all) : null;
        attention.Backward(map, layer, cache, gradient, batch, queries, Rows, part);
        if (!needsInput)
        {
            return;
        }

        if (!queries.IsAll)
        {
            queries.Spread(gradient, Width);
        }

        PreNorm.Backward(part, batch.TokenCount, layer.AttentionNorm, cache.AttentionNorm);
        RowMath.Add(part, gradient, all);
    }
}
