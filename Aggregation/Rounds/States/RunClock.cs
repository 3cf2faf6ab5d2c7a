using FedLowRank.Aggregation.Rounds.Messages;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>
/// The run's own time, in which all deadlines are. It adds up the steps forward of the server's clock: a step back
/// counts as nothing, so a clock that is set wrong and then right again neither passes a deadline twice nor puts one
/// out of reach. A step back makes a wait longer by at most the time since the state was last stored.
/// </summary>
/// <param name="Elapsed">Since the run was created. Never decreases.</param>
/// <param name="LastSeen">What the server's clock last said, UTC.</param>
public sealed record RunClock(TimeSpan Elapsed, DateTimeOffset LastSeen)
{
    // Longer than any wait that a policy may declare, so a greater step would change nothing.
    private static readonly TimeSpan StepMax = TimeSpan.FromDays(31);

    /// <summary>The clock when the server's says <paramref name="now"/>.</summary>
    public RunClock At(DateTimeOffset now)
    {
        var step = now - LastSeen;
        if (step < TimeSpan.Zero) step = TimeSpan.Zero;
        return new(Elapsed + (step < StepMax ? step : StepMax), now.ToUniversalTime());
    }

    /// <summary>The clock after an outage, which counts as nothing.</summary>
    public RunClock At(RunEvent.Restarted restarted)
    {
        if (restarted.Back is not { } back) return this with { LastSeen = restarted.Now.ToUniversalTime() };
        return (back > LastSeen ? this with { LastSeen = back.ToUniversalTime() } : this).At(restarted.Now);
    }

    /// <summary>What the server's clock will say at <paramref name="deadline"/> if nobody sets it.</summary>
    public DateTimeOffset WallTime(TimeSpan deadline)
    {
        var left = deadline - Elapsed;
        return left < DateTimeOffset.MaxValue - LastSeen ? LastSeen + left : DateTimeOffset.MaxValue;
    }
}
