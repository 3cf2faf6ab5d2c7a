using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Console.Spectra;

/// <summary>
/// Figures of checkpoints, by their hash. What nobody has asked for yet is measured one after the other beside the
/// requests, and who asks again finds it. A checkpoint never changes, so what is known stays right; what was asked for
/// least recently is forgotten first.
/// </summary>
internal sealed partial class SpectrumBook(IBlobStore blobs, ILogger<SpectrumBook> log) : BackgroundService
{
    /// <summary>Most values that are kept, of all checkpoints together: 32 MiB.</summary>
    private const long ValuesMax = 4 << 20;

    private const int WaitingMax = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<BlobHash, LinkedListNode<CheckpointFigures>> known = [];
    private readonly LinkedList<CheckpointFigures> byUse = [];
    private readonly HashSet<BlobHash> waiting = [];
    private readonly Channel<BlobHash> orders = Channel.CreateUnbounded<BlobHash>();
    private TaskCompletionSource changed = NewSource();
    private long values;

    /// <summary>Done as soon as something becomes known that is not known now.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    /// <summary>What is known of them; what is not, is ordered.</summary>
    public IReadOnlyDictionary<BlobHash, CheckpointFigures> Find(IEnumerable<BlobHash> checkpoints)
    {
        var found = new Dictionary<BlobHash, CheckpointFigures>();
        lock (gate)
        {
            foreach (var checkpoint in checkpoints)
            {
                if (known.TryGetValue(checkpoint, out var node))
                {
                    byUse.Remove(node);
                    byUse.AddLast(node);
                    found[checkpoint] = node.Value;
                }
                else if (waiting.Count < WaitingMax && waiting.Add(checkpoint))
                {
                    orders.Writer.TryWrite(checkpoint);
                }
            }
        }

        return found;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var measure = new CheckpointMeasure(blobs);
        await foreach (var checkpoint in orders.Reader.ReadAllAsync(stoppingToken))
        {
            // The mathematics of a large layer takes a while; starting the server must not wait for it.
            await Task.Yield();
            try
            {
                Keep(await measure.MeasureAsync(checkpoint, stoppingToken));
            }
            catch (CheckpointException error)
            {
                NotMeasured(checkpoint, error);
                Keep(new(checkpoint, Bytes: 0, [], "it is damaged or gone; the server's log says which"));
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // It may pass, so that the next page that asks has it measured again.
                NotMeasured(checkpoint, error);
                lock (gate) waiting.Remove(checkpoint);
            }
        }
    }

    private void Keep(CheckpointFigures figures)
    {
        lock (gate)
        {
            waiting.Remove(figures.Checkpoint);
            known[figures.Checkpoint] = byUse.AddLast(figures);
            values += SizeOf(figures);
            while (values > ValuesMax && byUse.First is { } oldest && oldest.Value != figures)
            {
                byUse.RemoveFirst();
                known.Remove(oldest.Value.Checkpoint);
                values -= SizeOf(oldest.Value);
            }
        }

        Interlocked.Exchange(ref changed, NewSource()).TrySetResult();
    }

    private static long SizeOf(CheckpointFigures figures) =>
        32 + figures.Layers.Sum(layer => 16L + layer.SingularValues.Count);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(5300, LogLevel.Warning, "Checkpoint {Checkpoint} cannot be measured for the console")]
    private partial void NotMeasured(BlobHash checkpoint, Exception error);
}
