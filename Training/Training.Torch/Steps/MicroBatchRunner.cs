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
    /// <summary>Tokens of a micro-batch, filled up: more make no device faster.</summary>
    internal const int TokensMax = 1 << 14;

    // What the allocator has taught; never above what was planned with.
    private long bytesNow = bytesMax;

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
    /// <exception cref="EngineException">A single example does not fit.</exception>
    public void Run(TokenizedExample[] examples, Func<int, int, long> bytesOf, Action<TokenBatch, int> work)
    {
        for (var start = 0; start < examples.Length;)
        {
            var batch = examples[start..(start + Fit(examples.AsSpan(start), bytesOf))];
            try
            {
                Starting?.Invoke(batch.Length);
                using var scope = NewDisposeScope();
                work(new TokenBatch(batch, device.Handle), start);
                start += batch.Length;
            }
            catch (Exception error) when (OutOfMemory.Is(error))
            {
                var wanted = bytesOf(batch.Length, Width(batch));
                if (batch.Length == 1)
                {
                    throw TooLarge(batch[0], wanted, error);
                }

                bytesNow = Math.Min(bytesNow, bytesOf(batch.Length / 2, Width(batch)));
            }
        }
    }

    private static int Width(ReadOnlySpan<TokenizedExample> examples)
    {
        var width = 0;
        foreach (var example in examples)
        {
            width = Math.Max(width, example.Tokens.Length);
        }

        return width;
    }

    /// <summary>How many of the examples, from the first, fit; at least one.</summary>
    private int Fit(ReadOnlySpan<TokenizedExample> examples, Func<int, int, long> bytesOf)
    {
        var (count, width) = (1, examples[0].Tokens.Length);
        while (count < examples.Length)
        {
            width = Math.Max(width, examples[count].Tokens.Length);
            if ((long)(count + 1) * width > TokensMax || bytesOf(count + 1, width) > bytesNow)
            {
                break;
            }

            count++;
        }

        return count;
    }

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
