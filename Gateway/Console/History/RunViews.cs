using System.Globalization;
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
        var bytes = spectra.Rounds.Select(one => (long?)one.Figures.Bytes).FirstOrDefault();
        var history = $"{RunHistory.MarkOf(run)}-{(bytes is null ? "unsized" : "sized")}.";
        var view = new RunView(
            run, History: null, Spending: [], Spectra: null, bytes,
            string.Create(CultureInfo.InvariantCulture, $"{history}{spectra.Done}"));
        if (view.Mark == told) return view;
        view = view with { Spectra = spectra };
        if (told is not null && told.StartsWith(history, StringComparison.Ordinal)) return view;
        var agents = await federation.Agents.ListAsync(cancellationToken);
        return view with { History = RunHistory.Of(run), Spending = AgentSpending.Of(run, agents) };
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
                if (run is null || next.IsCompleted)
                {
                    if (!await next) yield break;
                    run = states.Current;
                    next = states.MoveNextAsync().AsTask();
                }

                // Taken before the question, so that nothing that becomes known meanwhile is missed.
                var measured = book.Changed;
                var view = await OfAsync(run, told, cancellationToken);
                told = view.Mark;
                yield return view;
                await Task.WhenAny(next, measured).WaitAsync(cancellationToken);
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
