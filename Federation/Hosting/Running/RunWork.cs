using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>The server's own work of one run in its process, by a pool that all runs share.</summary>
/// <param name="run">The run.</param>
/// <param name="host">What all runs share.</param>
internal sealed class RunWork(RunActor run, RunHost host) : IRunWork
{
    private readonly Dictionary<WorkPiece, Doing> doings = [];

    /// <inheritdoc/>
    public void Order(RunState state, RunEffect effect)
    {
        if (state.Round is not { } round || WorkPiece.Of(effect) is not { } piece || !piece.IsOrderedIn(state)) return;
        if (doings.TryGetValue(piece, out var before))
        {
            if (!before.Done.IsCompleted) return;
            before.Dispose();
        }

        var doing = new Doing();
        doings[piece] = doing;
        doing.Done = Task.Run(() => DoAsync(piece, state.Plan, effect, round.Start, doing.Cancelled));
    }

    /// <inheritdoc/>
    public void Drop(RunState state)
    {
        foreach (var (piece, doing) in doings.Where(each => !each.Key.IsOrderedIn(state)).ToList())
        {
            doing.Cancel();
            if (!doing.Done.IsCompleted) continue;
            doing.Dispose();
            doings.Remove(piece);
        }
    }

    /// <summary>Cancels all, and waits for it to end.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var doing in doings.Values) doing.Cancel();
        await Task.WhenAll(doings.Values.Select(doing => doing.Done));
        foreach (var doing in doings.Values) doing.Dispose();
        doings.Clear();
    }

    private async Task DoAsync(
        WorkPiece piece, RunPlan plan, RunEffect effect, BlobHash start, CancellationToken cancelled)
    {
        try
        {
            await host.Workers.WaitAsync(cancelled);
            try
            {
                await run.ReportAsync(
                    await WorkPiece.DoAsync(host.Work, run.Id, plan, effect, start, cancelled), cancelled);
            }
            finally
            {
                host.Workers.Release();
            }
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // Nobody waits for it any more.
        }
        catch (Exception error)
        {
            HostLog.WorkFailed(host.Logger, run.Id, piece.ToString(), error);
            run.Send(piece.Failed(error));
        }
    }

    private sealed class Doing : IDisposable
    {
        private readonly CancellationTokenSource source = new();

        public CancellationToken Cancelled => source.Token;

        public Task Done { get; set; } = Task.CompletedTask;

        public void Cancel() => source.Cancel();

        public void Dispose() => source.Dispose();
    }
}
