namespace FedLowRank.Federation.Hosting.Keeping;

/// <summary>
/// Keeps sweeps and whoever starts from something old apart. A start ends the sweep that is under way, which can be
/// made up for at any time, and none begins before all starts are done.
/// </summary>
internal sealed class SweepGate
{
    private readonly Lock gate = new();
    private int starts;
    private CancellationTokenSource? stopping;
    private TaskCompletionSource ended = new();

    /// <summary>Returns when no sweep runs; none will until the result is disposed of.</summary>
    public async Task<IDisposable> StartAsync()
    {
        BeginStart(out var isOver);
        await isOver;
        return new Leave(Once(LeaveStart));
    }

    /// <summary>
    /// Leave to sweep until the token says stop, to be disposed of then; null while somebody starts or sweeps.
    /// </summary>
    public IDisposable? TrySweep(out CancellationToken stop)
    {
        lock (gate)
        {
            stop = default;
            if (starts > 0 || stopping is not null) return null;
            (stopping, ended) = (new(), new(TaskCreationOptions.RunContinuationsAsynchronously));
            stop = stopping.Token;
        }

        return new Leave(Once(LeaveSweep));
    }

    private void BeginStart(out Task isOver)
    {
        CancellationTokenSource? sweep;
        lock (gate)
        {
            starts++;
            sweep = stopping;
            isOver = sweep is null ? Task.CompletedTask : ended.Task;
        }

        // Not under the lock, as what it stops may end here and now.
        sweep?.Cancel();
    }

    private static Action Once(Action leave)
    {
        var isDone = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref isDone, 1) == 0) leave();
        };
    }

    private void LeaveStart()
    {
        lock (gate) starts--;
    }

    private void LeaveSweep()
    {
        lock (gate)
        {
            stopping = null;
            ended.SetResult();
        }
    }

    private sealed class Leave(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
