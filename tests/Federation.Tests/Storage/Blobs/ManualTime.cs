namespace FedLowRank.Federation.Tests.Storage.Blobs;

/// <summary>A clock that stands still until told.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset now = start;

    public void Advance(TimeSpan span) => now += span;

    public override DateTimeOffset GetUtcNow() => now;
}
