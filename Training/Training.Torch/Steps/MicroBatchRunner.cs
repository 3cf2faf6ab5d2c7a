using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.Devices;
using FedLowRank.Training.Torch.Networks;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Steps;

/// <summary>
/// Cuts a batch into micro-batches that fit the device, and goes on with smaller ones where memory runs out: the same
/// examples, so nothing is lost and nothing is counted twice.
/// </summary>
/// <param name="config">The model, for messages.</param>
/// <param name="device">Where the examples go.</param>
internal sealed class MicroBatchRunner(ModelConfig config, TorchDevice device)
{
    // Kernels like multiples of this, and texts of about the same length share a shape.
    private const int WidthStep = 16;

    // Filled up; more make the device no faster. A processor is faster where activations stay in its cache.
    private readonly int tokensMax = device.IsCuda ? 1 << 14 : 1 << 10;

    /// <summary>Called before each micro-batch; tests let it fail.</summary>
    public Action<int>? Starting { get; set; }

    /// <summary>
    /// Does the work for all examples. Where memory runs out, what the failed attempt held has been freed by the
    /// dispose scopes it ran in (its own cache libtorch frees before it gives up), and its examples are tried again,
    /// at most half of them at once, now and in later calls, until the limit climbs again.
    /// </summary>
    /// <param name="examples">In the order in which they are to be worked on.</param>
    /// <param name="limit">Of this kind of work; learns.</param>
    /// <param name="bytesOf">Estimates n examples of T tokens.</param>
    /// <param name="work">What to do with a micro-batch, whose first example has this number; where it fails it must
    /// have changed nothing.</param>
    /// <param name="keepsToItself">
    /// Whether the shape that an example is computed in must not depend on the other examples, so that neither do the
    /// bits of its gradient: micro-batches then have as many rows as fit at the example's own width, however many
    /// examples there are. Costs at most one micro-batch more for each width.
    /// </param>
    /// <exception cref="EngineException">A single example does not fit.</exception>
    public void Run(
        TokenizedExample[] examples, MemoryLimit limit, Func<int, int, long> bytesOf, Action<TokenBatch, int> work,
        bool keepsToItself = false)
    {
        limit.Begin();
        for (var start = 0; start < examples.Length;)
        {
            var (count, shape) = keepsToItself
                ? Alike(examples.AsSpan(start), Fits)
                : Fit(examples.AsSpan(start), Fits);
            var batch = examples[start..(start + count)];
            try
            {
                Starting?.Invoke(shape.Rows);
                using var scope = NewDisposeScope();
                work(new TokenBatch(batch, shape, device.Handle), start);
                start += count;
            }
            catch (Exception error) when (OutOfMemory.Is(error))
            {
                if (shape.Rows == 1)
                {
                    throw TooLarge(batch[0], bytesOf(1, shape.Width), error);
                }

                limit.Fall(bytesOf(shape.Rows / 2, shape.Width));
            }
        }

        limit.End();

        bool Fits(int rows, int width) =>
            (long)rows * width <= tokensMax && bytesOf(rows, width) <= limit.Bytes;
    }

    /// <summary>How many of the examples, from the first, fit; at least one.</summary>
    private static (int Count, BatchShape Shape) Fit(
        ReadOnlySpan<TokenizedExample> examples, Func<int, int, bool> fits)
    {
        var (count, width) = (1, examples[0].Tokens.Length);
        while (count < examples.Length)
        {
            var next = Math.Max(width, examples[count].Tokens.Length);
            if (!fits(count + 1, next))
            {
                break;
            }

            (count, width) = (count + 1, next);
        }

        return (count, new(count, width));
    }

    /// <summary>
    /// The examples, from the first, of the first one's width, as many as its shape has rows at most.
    /// </summary>
    private (int Count, BatchShape Shape) Alike(
        ReadOnlySpan<TokenizedExample> examples, Func<int, int, bool> fits)
    {
        var (count, rows, width) = (1, 1, OwnWidth(examples[0]));
        while (fits(2 * rows, width))
        {
            rows *= 2;
        }

        while (count < Math.Min(rows, examples.Length) && OwnWidth(examples[count]) == width)
        {
            count++;
        }

        return (count, new(rows, width));
    }

    private int OwnWidth(TokenizedExample example) =>
        Math.Min(config.TokensMax, (example.Tokens.Length + WidthStep - 1) / WidthStep * WidthStep);

    private EngineException TooLarge(TokenizedExample example, long estimate, Exception error)
    {
        var failed = OutOfMemory.Wanted(error) is { } wanted ? $", and the allocation of {wanted} failed" : "";
        return new EngineException(
            $"device {device.Name} has no memory for one example of {example.Tokens.Length} tokens with a model of "
            + $"{config.LayerCount} layers and width {config.HiddenSize}: the step takes about "
            + $"{OutOfMemory.Readable(estimate)} besides the weights{failed}; {OutOfMemory.FreeOf(device)}",
            "use --recompute, --precision bf16, or another device; or ask for a run with a quantised base (baseFormat "
            + "int8 or nf4) or shorter texts (task.tokensMax)",
            error);
    }
}
