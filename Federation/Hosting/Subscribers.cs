using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace FedLowRank.Federation.Hosting;

/// <summary>Tells everybody who listens, each from the moment of its subscription on.</summary>
/// <param name="make">A subscriber's channel; decides what becomes of what a slow one has not read.</param>
internal sealed class Subscribers<T>(Func<Channel<T>> make)
{
    private readonly HashSet<Channel<T>> channels = [];
    private bool isClosed;

    /// <summary>Subscribes at once, not with the first read.</summary>
    /// <param name="first">
    /// What a subscriber is told first, if anything; called so that nothing published meanwhile is missed.
    /// </param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    public IAsyncEnumerable<T> SubscribeAsync(Func<T>? first, CancellationToken cancellationToken)
    {
        var channel = make();
        lock (channels)
        {
            if (first is not null) channel.Writer.TryWrite(first());
            if (isClosed) channel.Writer.TryComplete();
            else channels.Add(channel);
        }

        return ReadAsync(channel, cancellationToken);
    }

    /// <summary>Tells all subscribers.</summary>
    public void Publish(T item)
    {
        lock (channels)
        {
            foreach (var channel in channels) channel.Writer.TryWrite(item);
        }
    }

    /// <summary>
    /// Ends all subscriptions with a fault, once they have read what was published; others may follow.
    /// </summary>
    public void Fail(Exception why)
    {
        lock (channels)
        {
            foreach (var channel in channels) channel.Writer.TryComplete(why);
            channels.Clear();
        }
    }

    /// <summary>Ends all subscriptions, and those to come, once they have read what was published.</summary>
    public void Close()
    {
        lock (channels)
        {
            isClosed = true;
            foreach (var channel in channels) channel.Writer.TryComplete();
        }
    }

    private async IAsyncEnumerable<T> ReadAsync(
        Channel<T> channel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in channel.Reader.ReadAllAsync(cancellationToken)) yield return item;
        }
        finally
        {
            lock (channels) channels.Remove(channel);
        }
    }
}
