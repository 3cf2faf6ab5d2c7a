namespace FedLowRank.Cli.Tests.Admin;

/// <summary>
/// The system's clock, whose short pauses are over at once; time-outs, of ten seconds and more, are as long as ever.
/// </summary>
internal sealed class HastyTime : TimeProvider
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(
            callback, state, dueTime >= TimeSpan.Zero && dueTime < PauseMax ? TimeSpan.Zero : dueTime, period);
}
