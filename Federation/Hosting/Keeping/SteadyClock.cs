namespace FedLowRank.Federation.Hosting.Keeping;

/// <summary>
/// For how long the clock of the day has gone as the clock that only counts. Ages are told by the first, which may be
/// set; before it has gone steadily for a while, an age says nothing.
/// </summary>
internal sealed class SteadyClock
{
    private static readonly TimeSpan JumpMin = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time;
    private long since;
    private long looked;
    private DateTimeOffset seen;

    /// <summary>Knows of no time before.</summary>
    public SteadyClock(TimeProvider time)
    {
        this.time = time;
        since = looked = time.GetTimestamp();
        seen = time.GetUtcNow();
    }

    /// <summary>Looks at both clocks; to be called often.</summary>
    /// <returns>For how long they have agreed.</returns>
    public TimeSpan Look()
    {
        var (stamp, now) = (time.GetTimestamp(), time.GetUtcNow());
        var jump = now - seen - time.GetElapsedTime(looked, stamp);
        if (jump.Duration() >= JumpMin) since = stamp;
        (looked, seen) = (stamp, now);
        return time.GetElapsedTime(since, stamp);
    }
}
