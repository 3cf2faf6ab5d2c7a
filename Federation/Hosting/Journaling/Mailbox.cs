using System.Threading.Channels;

// The loop is this object's own and waits for nobody who waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Hosting.Journaling;

/// <summary>
/// Hands over what is sent to it, in order and all that has come at once, to one handler that runs by itself, so that
/// what comes while the disk is busy shares the next write.
/// </summary>
internal sealed class Mailbox<T> : IAsyncDisposable
{
    private const int BatchMax = 512;

    private readonly Channel<T> channel =
        Channel.CreateUnbounded<T>(new() { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly Func<IReadOnlyList<T>, Task> handle;
    private readonly Task loop;

    /// <summary>Begins to hand over.</summary>
    /// <param name="handle">Must not throw.</param>
    public Mailbox(Func<IReadOnlyList<T>, Task> handle)
    {
        this.handle = handle;
        loop = Task.Run(LoopAsync);
    }

    /// <summary>False where the box is closed.</summary>
    public bool TrySend(T message) => channel.Writer.TryWrite(message);

    /// <summary>Takes no more, and returns when all that came is handled.</summary>
    public async ValueTask DisposeAsync()
    {
        channel.Writer.TryComplete();
        await loop;
    }

    private async Task LoopAsync()
    {
        var batch = new List<T>();
        while (await channel.Reader.WaitToReadAsync())
        {
            while (batch.Count < BatchMax && channel.Reader.TryRead(out var message)) batch.Add(message);
            await handle(batch);
            batch.Clear();
        }
    }
}
