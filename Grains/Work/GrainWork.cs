using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Hosting.Running;

namespace FedLowRank.Grains.Work;

/// <summary>
/// Has a run's work done by aggregator grains. What is ordered and not done is ordered again every few seconds, so that
/// work whose silo has died goes on as soon as its death is known.
/// </summary>
internal sealed class GrainWork : IRunWork
{
    private static readonly TimeSpan AgainEvery = TimeSpan.FromSeconds(3);

    private readonly RunActor run;
    private readonly IGrainFactory grains;
    private readonly Timer timer;
    private readonly Lock gate = new();
    private readonly HashSet<WorkPiece> ordered = [];

    /// <summary>For one run.</summary>
    public GrainWork(RunActor run, IGrainFactory grains)
    {
        (this.run, this.grains) = (run, grains);
        timer = new(_ => OrderAgain(), null, AgainEvery, AgainEvery);
    }

    /// <inheritdoc/>
    public void Order(RunState state, RunEffect effect)
    {
        if (WorkPiece.Of(effect) is not { } piece || !piece.IsOrderedIn(state)) return;
        lock (gate)
        {
            if (!ordered.Add(piece)) return;
        }

        Say(piece, grain => grain.WorkAsync(run.Id, piece));
    }

    /// <inheritdoc/>
    public void Drop(RunState state)
    {
        List<WorkPiece> dropped;
        lock (gate)
        {
            dropped = [.. ordered.Where(piece => !piece.IsOrderedIn(state))];
            ordered.ExceptWith(dropped);
        }

        foreach (var piece in dropped) Say(piece, grain => grain.DropAsync(piece));
    }

    /// <summary>Whoever did the work need not be told to drop it.</summary>
    public void Done(WorkPiece piece)
    {
        lock (gate) ordered.Remove(piece);
    }

    /// <summary>Orders nothing more; whoever hosts the run next orders what is not done.</summary>
    public ValueTask DisposeAsync() => timer.DisposeAsync();

    private void OrderAgain()
    {
        List<WorkPiece> waiting;
        lock (gate) waiting = [.. ordered];
        foreach (var piece in waiting) Say(piece, grain => grain.WorkAsync(run.Id, piece));
    }

    private void Say(WorkPiece piece, Func<IAggregatorGrain, Task> word)
    {
        var shard = piece.Shard.ToString(System.Globalization.CultureInfo.InvariantCulture);

        // One that does not arrive is said again with the next tick, and a drop that does not is found out by the
        // grain itself, as the run does not take what it did not order.
        try
        {
            word(grains.GetGrain<IAggregatorGrain>($"{run.Id}/{shard}")).Ignore();
        }
        catch (Exception)
        {
            // The silo is gone, or on its way: then this run is, too.
        }
    }
}
