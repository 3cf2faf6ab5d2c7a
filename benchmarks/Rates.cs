using System.Diagnostics;

namespace FedLowRank.Benchmarks;

/// <summary>
/// Measures several pieces of work in turn, so that all of them see the same machine: medians over rounds of
/// alternation, after one round to warm up.
/// </summary>
internal static class Rates
{
    /// <summary>Rounds of alternation that suit work of less than a second.</summary>
    public const int Rounds = 7;

    private const double SecondsMin = 0.3;

    /// <summary>Runs of each piece of work in a second.</summary>
    public static double[] PerSecond(params Action[] works) => PerSecond(Rounds, works);

    /// <inheritdoc cref="PerSecond(Action[])"/>
    public static double[] PerSecond(int rounds, Action[] works)
    {
        var rates = works.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < works.Length; i++)
            {
                var rate = Measure(works[i]);
                if (round > 0)
                {
                    rates[i].Add(rate);
                }
            }
        }

        return [.. rates.Select(r => r.Order().ElementAt(r.Count / 2))];
    }

    private static double Measure(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        var runs = 0;
        TimeSpan elapsed;
        do
        {
            work();
            runs++;
            elapsed = Stopwatch.GetElapsedTime(began);
        }
        while (elapsed.TotalSeconds < SecondsMin);

        return runs / elapsed.TotalSeconds;
    }
}
