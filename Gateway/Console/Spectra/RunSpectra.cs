using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Gateway.Console.Spectra;

/// <summary>What is known of the layers of a run, over its rounds.</summary>
/// <param name="FirstRound">Where the run starts.</param>
/// <param name="Step">Every so many rounds are looked at, and the last.</param>
/// <param name="Wanted">How many rounds that is.</param>
/// <param name="Rounds">Those that were measured, in order.</param>
/// <param name="Problems">Rounds whose checkpoint cannot be read, and why.</param>
public sealed record RunSpectra(
    int FirstRound, int Step, int Wanted, IReadOnlyList<(int Round, CheckpointFigures Figures)> Rounds,
    IReadOnlyList<(int Round, string Message)> Problems)
{
    /// <summary>Most rounds that are looked at, besides the last.</summary>
    public const int RoundsMax = 64;

    /// <summary>How many are settled.</summary>
    public int Done => Rounds.Count + Problems.Count;

    /// <summary>What the book knows of a run; it is asked for the rest.</summary>
    internal static RunSpectra Of(RunState run, SpectrumBook book)
    {
        var (step, chosen) = Choose(run);
        var known = book.Find(chosen.Select(one => one.Checkpoint));
        var found = chosen.Where(one => known.ContainsKey(one.Checkpoint))
            .Select(one => (one.Round, Figures: known[one.Checkpoint])).ToList();
        return new(
            run.Origin.Round, step, chosen.Count, [.. found.Where(one => one.Figures.Problem is null)],
            [.. found.Where(one => one.Figures.Problem is not null).Select(one => (one.Round, one.Figures.Problem!))]);
    }

    /// <summary>The same rounds as a run grows, until there are too many, and then every second of them.</summary>
    internal static (int Step, List<(int Round, BlobHash Checkpoint)> Rounds) Choose(RunState run)
    {
        var (step, last) = (1, run.LastRound);
        while ((last - run.Origin.Round) / step >= RoundsMax) step *= 2;
        var all = run.History
            .Where(report => report is { IsSuperseded: false, Result: RoundResult.Completed })
            .Select(report => (report.Id.Number, ((RoundResult.Completed)report.Result).Checkpoint))
            .Prepend((run.Origin.Round, run.Origin.Checkpoint));
        return (step, [.. all.Where(one =>
            (one.Item1 - run.Origin.Round) % step == 0 || one.Item1 == last)]);
    }
}
