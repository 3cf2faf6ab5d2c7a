namespace FedLowRank.Training.Engine;

/// <summary>Lets work run side by side while its results are delivered one at a time, by number.</summary>
internal sealed class OrderedTurns
{
    private readonly object gate = new();
    private int turn;
    private volatile Exception? failure;

    public bool HasFailed => failure != null;

    /// <summary>The first exception, after which nothing is delivered any more.</summary>
    public Exception? Failure => failure;

    /// <summary>
    /// Runs <paramref name="work"/> at once, and <paramref name="deliver"/> when all numbers before are delivered.
    /// </summary>
    public void Run(int number, Action work, Action deliver)
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            Fail(error);
            return;
        }

        lock (gate)
        {
            while (turn != number && !HasFailed)
            {
                Monitor.Wait(gate);
            }

            if (HasFailed)
            {
                return;
            }

            try
            {
                deliver();
            }
            catch (Exception error)
            {
                failure ??= error;
            }

            turn++;
            Monitor.PulseAll(gate);
        }
    }

    private void Fail(Exception error)
    {
        lock (gate)
        {
            failure ??= error;
            Monitor.PulseAll(gate);
        }
    }
}
