using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Console.Spectra;

namespace FedLowRank.Gateway.Console.History;

/// <summary>Puts together what a run's page shows.</summary>
internal sealed class RunViews(IFederation federation, SpectrumBook book)
{
    /// <summary>A run with all that is known of it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="told">Mark of what the page has already.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<RunView> OfAsync(RunState run, string? told, CancellationToken cancellationToken)
    {
        var spectra = RunSpectra.Of(run, book);
        var mark = RunView.MarkOf(run, spectra);
        var bytes = spectra.Rounds.Select(one => (long?)one.Figures.Bytes).FirstOrDefault();
        if (mark == told) return new(run, null, [], null, bytes, mark);
        var agents = await federation.Agents.ListAsync(cancellationToken);
        return new(run, RunHistory.Of(run), AgentSpending.Of(run, agents), spectra, bytes, mark);
    }

    /// <summary>The run, and again after changes of it or of what is known of its layers.</summary>
    /// <param name="id">Of the run.</param>
    /// <param name="told">Mark of what the page has already; what has not changed is left out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<RunView> WatchAsync(
        RunId id, string? told, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var states = federation.Runs.WatchAsync(id, ending.Token).GetAsyncEnumerator(ending.Token);
        var next = states.MoveNextAsync().AsTask();
        RunState? run = null;
        try
        {
            while (true)
            {
                var measured = book.Changed;
                if (run is not null) await Task.WhenAny(next, measured).WaitAsync(cancellationToken);
                if (run is null || next.IsCompleted)
                {
                    if (!await next) yield break;
                    run = states.Current;
                    next = states.MoveNextAsync().AsTask();
                }

                var view = await OfAsync(run, told, cancellationToken);
                told = view.Mark;
                yield return view;
            }
        }
        finally
        {
            // A source may be disposed of only between two steps.
            await ending.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
