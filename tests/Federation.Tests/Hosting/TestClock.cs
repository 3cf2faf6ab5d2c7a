namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A clock, with timers, that stands still until told.</summary>
public sealed class TestClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<TestTimer> timers = [];
    private DateTimeOffset now = start;
    private TimeSpan offset;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now + offset;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (gate) return now.UtcTicks;
    }

    /// <summary>Sets the clock of the day; the clock that only counts, and all timers, notice nothing.</summary>
    public void Set(TimeSpan ahead)
    {
        lock (gate) offset += ahead;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, () => callback(state));
        lock (gate) timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Time passes; what falls due on the way happens at its moment, in order.</summary>
    public void Advance(TimeSpan span)
    {
        DateTimeOffset end;
        lock (gate) end = now + span;
        while (NextUntil(end) is { } due) due.Fire();
        lock (gate) now = end;
    }

    private TestTimer? NextUntil(DateTimeOffset end)
    {
        lock (gate)
        {
            var next = timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is not null && next.Due > now) now = next.Due.Value;
            next?.Rewind(now);
            return next;
        }
    }

    private sealed class TestTimer(TestClock clock, Action fire) : ITimer
    {
        private TimeSpan every = Timeout.InfiniteTimeSpan;

        public DateTimeOffset? Due { get; private set; }

        public void Fire() => fire();

        public void Rewind(DateTimeOffset at) => Due = every > TimeSpan.Zero ? at + every : null;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                every = period;
                Due = dueTime < TimeSpan.Zero ? null : clock.now + dueTime;
                if (dueTime == TimeSpan.Zero) Rewind(clock.now);
            }

            if (dueTime == TimeSpan.Zero) fire();
            return true;
        }

        public void Dispose()
        {
            lock (clock.gate) clock.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
