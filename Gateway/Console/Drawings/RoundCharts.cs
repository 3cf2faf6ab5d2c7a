using System.Globalization;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Gateway.Charts;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Sheets;
using FedLowRank.Gateway.Console.Views;

namespace FedLowRank.Gateway.Console.Drawings;

/// <summary>Charts of a run's rounds: what evaluators measured, traffic, time.</summary>
internal static class RoundCharts
{
    /// <summary>Most metrics that are drawn; the table of rounds has all.</summary>
    public const int MetricsMax = 8;

    private const double MegaByte = 1e6;

    private static readonly SheetColumn Round = new("round", "Round");

    /// <summary>One chart for each metric, of one run or of several together.</summary>
    /// <param name="runs">Each a line, by its name.</param>
    public static IEnumerable<ChartView> Metrics(IReadOnlyList<RunHistory> runs) => runs
        .SelectMany(run => run.Metrics).Distinct(StringComparer.Ordinal).Take(MetricsMax)
        .Select((metric, index) => Metric(runs, Markup.Clean(metric), metric, $"metric-{index}"));

    /// <summary>Bytes received, and at most sent, in each round.</summary>
    /// <param name="run">The run.</param>
    /// <param name="checkpointBytes">Size of one of its checkpoints; null while it is not known.</param>
    public static ChartView Traffic(RunHistory run, long? checkpointBytes)
    {
        List<LineChart.Line> lines =
        [
            Lines.Of("received", 0, run.Rounds.Select(round =>
                (round.Number, (double?)(round.ReceivedBytes / MegaByte)))),
        ];
        if (checkpointBytes is { } bytes)
        {
            lines.Add(Lines.Of("sent, at most", 1, run.Rounds.Select(round =>
                (round.Number, (double?)(round.Trained * bytes / MegaByte)))));
        }

        return new(
            "traffic", "Traffic of each round, in MB",
            "Received: the accepted updates, exactly. " + (checkpointBytes is { } size
                ? "Sent, at most: the whole checkpoint that a round starts from, of " +
                    $"{Bytes.Words(size)}, to each agent that trained; one that could follow by less was sent less."
                : "What was sent is shown once a checkpoint's size is known."),
            [Lines.Draw("traffic", "Traffic of each round in megabytes", lines, run.Run.Origin.Round, true, MegaBytes)],
            new(
                [
                    Round, new("received_bytes", "Received", Size), new("sent_bytes_max", "Sent, at most", Size),
                    new("trained", "Agents that trained"),
                ],
                run.Rounds.Select(object?[] (round) =>
                    [round.Number, round.ReceivedBytes, round.Trained * checkpointBytes, round.Trained]))
            { IsGrowing = true });
    }

    /// <summary>How long each phase of each round took.</summary>
    public static ChartView Durations(RunHistory run)
    {
        var stages = Enum.GetValues<RoundStage>();
        return new(
            "durations", "Time in each phase, in seconds",
            "All attempts at a round together; time on hold is in none.",
            [
                Lines.Draw(
                    "durations", "Seconds in each phase of each round",
                    [
                        .. stages.Select(stage => Lines.Of(
                            StatusView.Stage(stage), (int)stage,
                            run.Rounds.Select(round =>
                                (round.Number, (double?)round.Durations[(int)stage].TotalSeconds)))),
                    ],
                    run.Run.Origin.Round, fromZero: true, Seconds),
            ],
            new(
                [
                    Round,
                    .. stages.Select(stage => new SheetColumn(
                        $"{stage.ToString().ToLowerInvariant()}_seconds", StatusView.Stage(stage), Time)),
                ],
                run.Rounds.Select(object?[] (round) =>
                    [round.Number, .. round.Durations.Select(time => (object?)time.TotalSeconds)]))
            { IsGrowing = true });
    }

    /// <summary>How long the rounds of several runs took.</summary>
    public static ChartView Times(IReadOnlyList<RunHistory> runs) => Compared(
        runs, "times", "Time of each round, in seconds", "All attempts and phases together; time on hold is not in it.",
        round => round.Took.TotalSeconds, Seconds);

    /// <summary>What the rounds of several runs brought in.</summary>
    public static ChartView Received(IReadOnlyList<RunHistory> runs) => Compared(
        runs, "received", "Received in each round, in MB", "The accepted updates.",
        round => round.ReceivedBytes / MegaByte, MegaBytes);

    /// <summary>Time in each phase of one attempt.</summary>
    public static ChartView Phases(IReadOnlyList<PhaseDuration> phases) => new(
        "phases", "Time in each phase", "Of this attempt; time on hold is in none.",
        [
            new BarChart("chart-phases", "Seconds in each phase", "seconds").Draw(
                [.. phases.Select(Bar)],
                string.Join(' ', phases.Select(phase => $"{Bar(phase).Title}.")), Lines.Style(0)),
        ],
        new(
            [new("phase", "Phase"), new("seconds", "Time", Time)],
            phases.Select(object?[] (phase) => [StatusView.Stage(phase.Stage), phase.Duration.TotalSeconds])));

    /// <summary>A value to four digits.</summary>
    public static string Value(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static ChartView Metric(IReadOnlyList<RunHistory> runs, string shown, string metric, string id)
    {
        var lines = Of(runs, shown, round => round.Metric(metric));
        return new(
            id, shown, "As evaluators measured it on public data, after each round that counts.",
            [Lines.Draw(id, $"{shown} after each round", lines, FirstOf(runs), fromZero: false, Value)],
            Lines.Table(lines, Value));
    }

    private static ChartView Compared(
        IReadOnlyList<RunHistory> runs, string id, string title, string caption, Func<RoundHistory, double?> value,
        Func<double, string> format)
    {
        var lines = Of(runs, title, value);
        return new(
            id, title, caption, [Lines.Draw(id, title, lines, FirstOf(runs), fromZero: true, format)],
            Lines.Table(lines, format));
    }

    private static List<LineChart.Line> Of(
        IReadOnlyList<RunHistory> runs, string shown, Func<RoundHistory, double?> value) =>
    [
        .. runs.Select((run, index) => Lines.Of(
            runs.Count == 1 ? shown : run.Run.Id.Value, index,
            run.Rounds.Select(round => (round.Number, value(round))))),
    ];

    private static int FirstOf(IReadOnlyList<RunHistory> runs) => runs.Min(run => run.Run.Origin.Round);

    private static BarChart.Bar Bar(PhaseDuration phase)
    {
        var (name, words) = (StatusView.Stage(phase.Stage), Duration.Words(phase.Duration));
        return new(name, phase.Duration.TotalSeconds, words, Note: "", $"{name}: {words}");
    }

    private static string MegaBytes(double megaBytes) => Bytes.Words((long)Math.Round(megaBytes * MegaByte));

    private static string Seconds(double seconds) => Duration.Words(TimeSpan.FromSeconds(seconds));

    private static string Time(object seconds) => Seconds((double)seconds);

    private static string Size(object bytes) => Bytes.Words((long)bytes);
}
