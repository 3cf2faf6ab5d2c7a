using System.Diagnostics.Metrics;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Federation.Instruments;

/// <summary>
/// What this process counts and times; it costs next to nothing where nobody listens. Units are those of UCUM. No tag
/// names a run, an agent or a person, so that there are few series however many there are of those.
/// </summary>
public static class FederationInstruments
{
    private static readonly Meter Meter = new(InstrumentNames.Meter);

    private static readonly Counter<long> Rounds = Meter.CreateCounter<long>(
        InstrumentNames.Rounds, "{round}", "Attempts at rounds that have ended, by result.");

    private static readonly Histogram<double> PhaseDuration = Meter.CreateHistogram(
        InstrumentNames.PhaseDuration, "s", "How long rounds were in a phase, by stage.", tags: null,
        Buckets(0.01, 86_400));

    private static readonly Counter<long> Updates = Meter.CreateCounter<long>(
        InstrumentNames.Updates, "{update}", "Updates for which a receipt was given.");

    private static readonly Counter<long> UpdateBytes = Meter.CreateCounter<long>(
        InstrumentNames.UpdateBytes, "By", "Bytes of the updates for which a receipt was given.");

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        InstrumentNames.Refusals, "{refusal}", "Requests of agents and people that were refused, by code.");

    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram(
        InstrumentNames.CommitDuration, "s", "From a state's change to its being durable.", tags: null,
        Buckets(0.0001, 30));

    private static readonly Counter<long> CommittedEntries = Meter.CreateCounter<long>(
        InstrumentNames.CommittedEntries, "{entry}", "Entries that have become durable.");

    private static readonly Histogram<double> WorkDuration = Meter.CreateHistogram(
        InstrumentNames.WorkDuration, "s", "How long pieces of a round's work took, by stage and result.", tags: null,
        Buckets(0.001, 3600));

    private static readonly Counter<long> AggregationBytes = Meter.CreateCounter<long>(
        InstrumentNames.AggregationBytes, "By", "Bytes of updates that were read to be summed.");

    /// <summary>An attempt at a round has ended.</summary>
    public static void OnRound(RoundReport report)
    {
        Rounds.Add(1, new KeyValuePair<string, object?>(InstrumentNames.Result, Name(report.Result.GetType().Name)));
        foreach (var phase in report.Durations) PhaseDuration.Record(phase.Duration.TotalSeconds, Tag(phase.Stage));
    }

    /// <summary>A receipt was given.</summary>
    public static void OnUpdate(long bytes)
    {
        Updates.Add(1);
        UpdateBytes.Add(bytes);
    }

    /// <summary>A request was refused.</summary>
    /// <param name="code">One of the program's own; never what a peer has sent.</param>
    public static void OnRefused(string code) =>
        Refusals.Add(1, new KeyValuePair<string, object?>(InstrumentNames.Code, code));

    /// <summary>Entries have become durable.</summary>
    public static void OnCommitted(int entries, TimeSpan duration)
    {
        CommitDuration.Record(duration.TotalSeconds);
        CommittedEntries.Add(entries);
    }

    /// <summary>A piece of a round's work has ended.</summary>
    public static void OnWork(RoundStage stage, TimeSpan duration, bool isDone) => WorkDuration.Record(
        duration.TotalSeconds, Tag(stage),
        new KeyValuePair<string, object?>(InstrumentNames.Result, isDone ? "done" : "failed"));

    /// <summary>Bytes of updates were read to be summed.</summary>
    public static void OnAggregationRead(long bytes) => AggregationBytes.Add(bytes);

    private static KeyValuePair<string, object?> Tag(RoundStage stage) =>
        new(InstrumentNames.Stage, Name(stage.ToString()));

    private static string Name(string member) => JsonNamingPolicy.KebabCaseLower.ConvertName(member);

    // Each two and a half times the one before, which the eye takes for three a decade.
    private static InstrumentAdvice<double> Buckets(double first, double last)
    {
        var bounds = new List<double>();
        for (var bound = first; bound <= last; bound *= 2.5) bounds.Add(Math.Round(bound, 6));
        return new() { HistogramBucketBoundaries = bounds };
    }
}
