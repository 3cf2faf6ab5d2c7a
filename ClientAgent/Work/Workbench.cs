using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Work;

/// <summary>An agent works on one round at a time, of one run.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Lock changing = new();
    private RunId? promisedTo;

    /// <summary>Promises the next work to a run that the agent joins.</summary>
    /// <returns>False where it is promised to another.</returns>
    public bool TryPromise(RunId run)
    {
        lock (changing)
        {
            if (promisedTo is not null && promisedTo != run) return false;
            promisedTo = run;
            return true;
        }
    }

    /// <summary>The run needs the agent no more.</summary>
    public void Release(RunId run)
    {
        lock (changing)
        {
            if (promisedTo == run) promisedTo = null;
        }
    }

    /// <summary>
    /// A new stream of orders says all that there is to do: what the agent was promised to may be over. What it is
    /// still needed for promises it again.
    /// </summary>
    public void Forget()
    {
        lock (changing) promisedTo = null;
    }

    /// <summary>Whether somebody works; the answer may be old when it is read.</summary>
    public bool IsTaken => gate.CurrentCount == 0;

    /// <summary>Waits for the place at the bench.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        return new Place(gate);
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private sealed class Place(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
