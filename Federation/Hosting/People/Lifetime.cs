namespace FedLowRank.Federation.Hosting.People;

/// <summary>Ends of lifetimes that somebody outside has chosen.</summary>
internal static class Lifetime
{
    /// <summary>
    /// When a lifetime ends. One that is far out of its limits is cut, but stays out of them, so that the sum is a
    /// date and the rule can refuse it.
    /// </summary>
    public static DateTimeOffset End(DateTimeOffset now, TimeSpan lifetime, TimeSpan lifetimeMax) =>
        now + TimeSpan.FromTicks(Math.Clamp(lifetime.Ticks, -lifetimeMax.Ticks, 2 * lifetimeMax.Ticks));
}
