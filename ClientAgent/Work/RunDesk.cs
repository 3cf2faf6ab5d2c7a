using System.Threading.Channels;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// The orders of one run, one after the other. An order replaces the one before: being told twice changes nothing, and
/// being told something else ends what is under way.
/// </summary>
/// <param name="first">Done before any order.</param>
/// <param name="handle">Carries out an order until it is done, or its token is cancelled.</param>
internal sealed class RunDesk(
    Func<CancellationToken, Task> first, Func<OrderMessage, CancellationToken, Task> handle) : IDisposable
{
    private readonly Channel<OrderMessage> orders = Channel.CreateBounded<OrderMessage>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly Lock changing = new();
    private OrderMessage? current;
    private CancellationTokenSource? underWay;

    /// <summary>Takes an order.</summary>
    public void Put(OrderMessage order)
    {
        lock (changing)
        {
            if (order == current) return;
            current = order;
            orders.Writer.TryWrite(order);
            underWay?.Cancel();
        }
    }

    /// <summary>Works until the owner stops the agent.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await first(stop);
        await foreach (var order in orders.Reader.ReadAllAsync(stop))
        {
            using var replaced = CancellationTokenSource.CreateLinkedTokenSource(stop);
            lock (changing)
            {
                if (order != current) continue;
                underWay = replaced;
            }

            try
            {
                await handle(order, replaced.Token);
            }
            catch (OperationCanceledException) when (replaced.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                // The next order is here.
            }
            finally
            {
                lock (changing) underWay = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => underWay?.Dispose();
}
