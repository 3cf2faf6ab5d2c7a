using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Views;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Runs and attempts as rows.</summary>
internal static class RunSheets
{
    /// <summary>A row for each attempt that has ended.</summary>
    public static Sheet Rounds(RunHistory run)
    {
        var stages = Enum.GetValues<RoundStage>();
        return new(
            [
                Column("round"), Column("attempt"), Column("opened"), Column("ended"), Column("is_superseded"),
                Column("invited"), Column("delivered"), Column("quarantined"), Column("late"), Column("lost"),
                Column("no_update"), Column("received_bytes"),
                .. stages.Select(stage => Column($"{stage.ToString().ToLowerInvariant()}_seconds")),
                Column("start"), Column("checkpoint"), .. run.Metrics.Select(metric => Column($"metric_{metric}")),
            ],
            run.Run.History.Select(object?[] (report) =>
            [
                report.Id.Number, report.Id.Attempt, report.Opened, StatusView.Result(report), report.IsSuperseded,
                report.Agents.Count, Count<Standing.Delivered>(report), Count<Standing.Quarantined>(report),
                Count<Standing.Late>(report), Count<Standing.Lost>(report), Count<Standing.NoUpdate>(report),
                RunHistory.ReceivedIn(report),
                .. stages.Select(stage => (object?)report.Durations.Where(phase => phase.Stage == stage)
                    .Sum(phase => phase.Duration.TotalSeconds)),
                report.Start.ToString(), (report.Result as RoundResult.Completed)?.Checkpoint.ToString(),
                .. run.Metrics.Select(name => (object?)RunHistory.MeasuredIn(report)
                    .FirstOrDefault(metric => metric.Name == name)?.Value),
            ]));
    }

    /// <summary>A row for each invited agent of an attempt.</summary>
    public static Sheet Agents(AttemptView attempt) => new(
        [
            Column("agent"), Column("invited_to_attempt"), Column("standing"), Column("update"), Column("bytes"),
            Column("weight"), Column("norm"), Column("verdict"), Column("at"),
        ],
        attempt.Agents.Select(object?[] (entry) => entry.Standing switch
        {
            Standing.Delivered one =>
            [
                entry.Agent.Value, entry.Attempt, one.Name, one.Update.ToString(), one.Bytes, one.Weight, one.Norm,
                "Clean", one.At,
            ],
            Standing.Quarantined one =>
            [
                entry.Agent.Value, entry.Attempt, one.Name, one.Update.ToString(), null, null, one.Norm,
                one.Verdict.ToString(), null,
            ],
            Standing.Late one =>
                [entry.Agent.Value, entry.Attempt, one.Name, null, null, null, null, null, one.At],
            var other => [entry.Agent.Value, entry.Attempt, other.Name, null, null, null, null, null, null],
        }));

    private static SheetColumn Column(string name) => new(name, name);

    private static int Count<TStanding>(RoundReport report)
        where TStanding : Standing => report.Agents.Count(entry => entry.Standing is TStanding);
}
