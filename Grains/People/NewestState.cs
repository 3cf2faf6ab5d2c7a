namespace FedLowRank.Grains.People;

/// <summary>
/// Looks now and then, before an activation answers from memory, whether what it holds is still the newest that is
/// stored. Where another activation has taken over, a question is answered from the old state for so long at most.
/// </summary>
/// <param name="time">The clock of the rules.</param>
/// <param name="look">Throws where it is not.</param>
internal sealed class NewestState(TimeProvider time, Func<Task> look)
{
    /// <summary>How long a look is good for; about as long as a cluster needs to notice that it is parted.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private long looked = time.GetTimestamp();

    /// <summary>Looks, unless it was looked just now.</summary>
    public async Task RequireAsync()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(looked, now) < LookEvery) return;
        await look();
        looked = now;
    }
}
