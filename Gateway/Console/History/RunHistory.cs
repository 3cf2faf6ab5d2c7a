using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Gateway.Console.History;

/// <summary>How a run went, round by round: what its charts and tables show.</summary>
public sealed class RunHistory
{
    private readonly Dictionary<int, RoundHistory> byNumber;

    private RunHistory(RunState run)
    {
        Run = run;
        Rounds =
        [
            .. run.History.GroupBy(report => report.Id.Number).OrderBy(group => group.Key)
                .Select(group => RoundHistory.Of([.. group])),
        ];
        byNumber = Rounds.ToDictionary(round => round.Number);
        var names = Rounds.SelectMany(round => round.Metrics).GroupBy(metric => metric.Name, StringComparer.Ordinal)
            .OrderByDescending(measured => measured.Count()).ThenBy(measured => measured.Key, StringComparer.Ordinal)
            .Select(measured => measured.Key).ToList();
        Metrics = [.. names.Take(MetricsMax).Order(StringComparer.Ordinal)];
        MetricsLeftOut = names.Count - Metrics.Count;
    }

    /// <summary>Most names of metrics: evaluators are free in them, and each is a column.</summary>
    public const int MetricsMax = 16;

    /// <summary>The run.</summary>
    public RunState Run { get; }

    /// <summary>Rounds of which an attempt has ended, by number.</summary>
    public IReadOnlyList<RoundHistory> Rounds { get; }

    /// <summary>Names of what evaluators measured most often in rounds that count, in order.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>How many further names there are.</summary>
    public int MetricsLeftOut { get; }

    /// <summary>A round by its number; null where no attempt at it has ended.</summary>
    public RoundHistory? Round(int number) => byNumber.GetValueOrDefault(number);

    /// <summary>The history of a run.</summary>
    public static RunHistory Of(RunState run) => new(run);

    /// <summary>Changes whenever a history does: attempts are added, and rollbacks set some aside.</summary>
    public static string MarkOf(RunState run) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.History.Count}-{run.LastRound}-{run.History.Count(report => report.IsSuperseded)}");

    /// <summary>Bytes of the updates that came in an attempt; what it took over from another came before.</summary>
    public static long ReceivedIn(RoundReport report) => report.Agents
        .Where(entry => entry.Attempt == report.Id.Attempt)
        .Sum(entry => entry.Standing is Standing.Delivered delivered ? delivered.Bytes : 0);

    /// <summary>What an attempt's evaluation measured.</summary>
    public static IReadOnlyList<Metric> MeasuredIn(RoundReport report) =>
        report.Result is RoundResult.Completed { Evaluation: Evaluation.Measured { Metrics: var metrics } }
            ? metrics
            : [];
}
