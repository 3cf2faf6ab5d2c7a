namespace FedLowRank.Grains.People;

/// <summary>
/// Does once what is asked several times under one id, in progress or just done. To be called on turns of one grain.
/// </summary>
internal sealed class AskedOnce
{
    // As many as come in the seconds in which an answer is asked for again.
    private const int RememberedMax = 16_384;

    private readonly Dictionary<Guid, Task> asked = [];
    private readonly Queue<Guid> oldest = [];

    /// <summary>Does it, or waits for what is being done. What failed is done anew.</summary>
    public Task OnceAsync(Guid id, Func<Task> work)
    {
        if (asked.TryGetValue(id, out var before) && !before.IsFaulted && !before.IsCanceled) return before;
        if (!asked.ContainsKey(id)) Remember(id);
        return asked[id] = work();
    }

    private void Remember(Guid id)
    {
        oldest.Enqueue(id);
        if (oldest.Count > RememberedMax) asked.Remove(oldest.Dequeue());
    }
}
