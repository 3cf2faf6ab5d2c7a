using System.Reflection;
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
/// <param name="bytesMax">Bytes that a micro-batch may take besides the weights.</param>
internal sealed class MicroBatchRunner(ModelConfig config, TorchDevice device, long bytesMax)
{
    // Kernels like multiples of this, and texts of about the same length share a shape.
    private const int WidthStep = 16;

    // Filled up; more make the device no faster. A processor is faster where activations stay in its cache.
    private readonly int tokensMax = device.IsCuda ? 1 << 14 : 1 << 10;

    // What the allocator has taught of each kind of work, by its estimates; never above what was planned with.
    private readonly Dictionary<MethodInfo, long> learnt = [];

    /// <summary>Called before each micro-batch; tests let it fail.</summary>
    public Action<int>? Starting { get; set; }

    /// <summary>
    /// Does the work for all examples. Where memory runs out, what the failed attempt held has been freed by the
    /// dispose scopes it ran in (its own cache libtorch frees before it gives up), and its examples are tried again,
    /// at most half of them at once, now and in later calls.
    /// </summary>
    /// <param name="examples">In the order in which they are to be worked on.</param>
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
        TokenizedExample[] examples, Func<int, int, long> bytesOf, Action<TokenBatch, int> work,
        bool keepsToItself = false)
    {
        for (var start = 0; start < examples.Length;)
        {
            var (count, shape) = keepsToItself
                ? Alike(examples.AsSpan(start), bytesOf)
                : Fit(examples.AsSpan(start), bytesOf);
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

                learnt[bytesOf.Method] = Math.Min(BytesNow(bytesOf), bytesOf(shape.Rows / 2, shape.Width));
            }
        }
    }

    private long BytesNow(Func<int, int, long> bytesOf) => learnt.GetValueOrDefault(bytesOf.Method, bytesMax);

    private bool Fits(int rows, int width, Func<int, int, long> bytesOf) =>
        (long)rows * width <= tokensMax && bytesOf(rows, width) <= BytesNow(bytesOf);

    /// <summary>How many of the examples, from the first, fit; at least one.</summary>
    private (int Count, BatchShape Shape) Fit(ReadOnlySpan<TokenizedExample> examples, Func<int, int, long> bytesOf)
    {
        var (count, width) = (1, examples[0].Tokens.Length);
        while (count < examples.Length)
        {
            var next = Math.Max(width, examples[count].Tokens.Length);
            if (!Fits(count + 1, next, bytesOf))
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
        ReadOnlySpan<TokenizedExample> examples, Func<int, int, long> bytesOf)
    {
        var (count, rows, width) = (1, 1, OwnWidth(examples[0]));
        while (Fits(2 * rows, width, bytesOf))
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
        var free = OutOfMemory.Readable(device.Memory().FreeBytes);
        var failed = OutOfMemory.Wanted(error) is { } wanted ? $", and the allocation of {wanted} failed" : "";
        return new EngineException(
            $"device {device.Name} has no memory for one example of {example.Tokens.Length} tokens with a model of "
            + $"{config.LayerCount} layers and width {config.HiddenSize}: the step takes about "
            + $"{OutOfMemory.Readable(estimate)} besides the weights{failed}; {free} are free",
            "compute activations anew (Recompute), use bf16, quantise the base (EightBit or FourBit), "
            + "or give shorter texts (TokensMax)",
            error);
    }
}
