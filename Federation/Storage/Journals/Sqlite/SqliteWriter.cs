using System.Threading.Channels;

// Every piece of work is finished by the loop, which waits for nothing but the disk.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>
/// The one writer. What waits while a transaction is made durable shares the next one, so that many streams do not wait
/// for as many syncs of the disk.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int QueueMax = 1024;
    private const int SharedMax = 128;

    private readonly Channel<Work> queue = Channel.CreateBounded<Work>(QueueMax);
    private readonly SqliteSession session;
    private readonly string file;
    private readonly Task loop;
    private Exception? diskFault;

    public SqliteWriter(SqliteSession session, string file)
    {
        (this.session, this.file) = (session, file);
        loop = Task.Run(LoopAsync);
    }

    /// <summary>
    /// Runs the work in a transaction, and returns when it is durable. Can be cancelled until the work begins.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<SqliteSession, T> body, CancellationToken cancellationToken)
    {
        var work = new Work<T>(body, cancellationToken);
        while (!queue.Writer.TryWrite(work))
        {
            var isOpen = await queue.Writer.WaitToWriteAsync(cancellationToken);
            ObjectDisposedException.ThrowIf(!isOpen, this);
        }

        return await work.Source.Task;
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        session.Dispose();
    }

    private async Task LoopAsync()
    {
        var shared = new List<Work>();
        while (await queue.Reader.WaitToReadAsync())
        {
            while (shared.Count < SharedMax && queue.Reader.TryRead(out var work))
            {
                if (!work.IsCancelled) shared.Add(work);
            }

            if (shared.Count == 0) continue;
            var error = Commit(shared);
            if (error is null || shared.Count == 1) Finish(shared, error);

            // One that fails must not fail its neighbours: each is then tried by itself.
            else foreach (var work in shared) Finish([work], Commit([work]));
            shared.Clear();
        }
    }

    private Exception? Commit(List<Work> shared)
    {
        if (diskFault is not null) return diskFault;
        try
        {
            session.InTransaction(isWrite: true, () =>
            {
                foreach (var work in shared) work.Run(session);
            });
            return null;
        }
        catch (Exception error)
        {
            var typed = SqliteErrors.Typed(error, file) ?? error;
            if (SqliteErrors.IsDiskFault(error)) diskFault = typed;
            return typed;
        }
    }

    private static void Finish(List<Work> shared, Exception? error)
    {
        foreach (var work in shared) work.Finish(error);
    }

    private abstract class Work
    {
        /// <summary>True where nobody waits for it any more; its waiter is told so.</summary>
        public abstract bool IsCancelled { get; }

        public abstract void Run(SqliteSession session);

        public abstract void Finish(Exception? error);
    }

    private sealed class Work<T>(Func<SqliteSession, T> body, CancellationToken cancellationToken) : Work
    {
        private T? result;

        public TaskCompletionSource<T> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool IsCancelled =>
            cancellationToken.IsCancellationRequested && Source.TrySetCanceled(cancellationToken);

        public override void Run(SqliteSession session) => result = body(session);

        public override void Finish(Exception? error)
        {
            if (error is null) Source.SetResult(result!);
            else Source.SetException(error);
        }
    }
}
