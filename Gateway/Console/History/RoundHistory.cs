using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Gateway.Console.History;

/// <summary>All attempts at a round together, those behind a rollback too: their time and traffic are spent.</summary>
/// <param name="Number">Of the round.</param>
/// <param name="Attempts">How many have ended.</param>
/// <param name="Checkpoint">What the round gave; null where no attempt that counts was completed.</param>
/// <param name="Metrics">Of that checkpoint; empty where it was not evaluated.</param>
/// <param name="Trained">How often an agent trained for it, with or without an update.</param>
/// <param name="ReceivedBytes">All updates that were accepted, each once.</param>
/// <param name="Durations">How long each phase took, by <see cref="RoundStage"/>.</param>
public sealed record RoundHistory(
    int Number, int Attempts, BlobHash? Checkpoint, IReadOnlyList<Metric> Metrics, int Trained, long ReceivedBytes,
    IReadOnlyList<TimeSpan> Durations)
{
    /// <summary>Sum of all phases.</summary>
    public TimeSpan Took => new(Durations.Sum(duration => duration.Ticks));

    /// <summary>The sums of a round's attempts.</summary>
    public static RoundHistory Of(IReadOnlyList<RoundReport> attempts)
    {
        var counting = attempts.LastOrDefault(
            report => report is { IsSuperseded: false, Result: RoundResult.Completed });
        var durations = new TimeSpan[Enum.GetValues<RoundStage>().Length];
        foreach (var phase in attempts.SelectMany(report => report.Durations))
            durations[(int)phase.Stage] += phase.Duration;
        var (trained, bytes) = (0, 0L);
        foreach (var standing in TrainingsOf([.. attempts.Select(report => report.Agents)])
            .Select(entry => entry.Standing))
        {
            trained++;
            if (standing is Standing.Delivered delivered) bytes += delivered.Bytes;
        }

        return new(
            attempts[0].Id.Number, attempts.Count, (counting?.Result as RoundResult.Completed)?.Checkpoint,
            counting is null ? [] : RunHistory.MeasuredIn(counting), trained, bytes, durations);
    }

    /// <summary>The value of a metric; null where it was not measured.</summary>
    public double? Metric(string name) => Metrics.FirstOrDefault(metric => metric.Name == name)?.Value;

    /// <summary>
    /// Each training once: one that a retry took over is in the rosters of both attempts, but was invited to one.
    /// </summary>
    /// <param name="attempts">Rosters of all attempts at one round.</param>
    internal static IEnumerable<RosterEntry> TrainingsOf(IReadOnlyList<ValueList<RosterEntry>> attempts)
    {
        var all = attempts.SelectMany(roster => roster).Where(entry => HasTrained(entry.Standing));
        return attempts.Count == 1 ? all : all.DistinctBy(entry => (entry.Agent, entry.Attempt));
    }

    /// <summary>Whether an agent began to train. Of what was carried over the next attempt says.</summary>
    private static bool HasTrained(Standing standing) => standing is
        Standing.Delivered or Standing.Quarantined or Standing.Late or Standing.Lost or Standing.NoUpdate;
}
