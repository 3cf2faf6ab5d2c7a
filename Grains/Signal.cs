namespace FedLowRank.Grains;

/// <summary>Wakes whoever waits for something to change.</summary>
internal sealed class Signal
{
    private TaskCompletionSource changed = New();

    /// <summary>Something has changed.</summary>
    public void Pulse() => Interlocked.Exchange(ref changed, New()).SetResult();

    /// <summary>Returns when there is something, when anything has changed, or after a time.</summary>
    /// <param name="isThere">Looked at once, so that no change is missed.</param>
    /// <param name="most">The time.</param>
    public async Task WaitAsync(Func<bool> isThere, TimeSpan most)
    {
        var next = Volatile.Read(ref changed).Task;
        if (!isThere()) await Task.WhenAny(next, Task.Delay(most));
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
