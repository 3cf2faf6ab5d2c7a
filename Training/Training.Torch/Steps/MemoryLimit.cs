namespace FedLowRank.Training.Torch.Steps;

/// <summary>
/// How many bytes, by the estimate, one kind of work plans its micro-batches with. It falls where memory runs out, and
/// climbs back the way it came: whoever took the memory may have gone. It climbs between steps, and counts nothing but
/// steps, so that the limit that a step begins with depends on none of its examples.
/// </summary>
/// <param name="bytesMax">What it begins with, and never exceeds.</param>
internal sealed class MemoryLimit(long bytesMax)
{
    /// <summary>Steps without a lack of memory before the next higher limit is tried.</summary>
    public const int Patience = 16;

    /// <summary>The same where trials have failed again and again: each doubles it.</summary>
    public const int PatienceMax = 1024;

    // The limits that it fell from. The lowest, which is the last, is the next to be tried.
    private readonly Stack<long> higher = [];
    private int patience = Patience;
    private int goodSteps;
    private bool isOnTrial;

    /// <summary>A micro-batch that is estimated to take more is not tried.</summary>
    public long Bytes { get; private set; } = bytesMax;

    /// <summary>A step begins.</summary>
    public void Begin()
    {
        if (goodSteps < patience) return;
        if (isOnTrial) (patience, isOnTrial) = (Patience, false);
        if (higher.TryPop(out var next)) (Bytes, goodSteps, isOnTrial) = (next, 0, true);
    }

    /// <summary>All of a step's examples are done.</summary>
    public void End() => goodSteps++;

    /// <summary>Memory ran out.</summary>
    /// <param name="bytes">What the next attempt may take; below the limit.</param>
    public void Fall(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bytes, Bytes);
        if (isOnTrial) patience = Math.Min(2 * patience, PatienceMax);
        higher.Push(Bytes);
        (Bytes, goodSteps, isOnTrial) = (bytes, 0, false);
    }
}
