using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Cli.Verbs;

/// <summary>States of runs and rounds in a few words.</summary>
internal static class RunTexts
{
    /// <summary>What a run is doing, and why where it waits or has ended.</summary>
    public static string Status(RunState state) => state.Status switch
    {
        RunStatus.Draft => "draft",
        RunStatus.BetweenRounds => "between rounds",
        RunStatus.InRound { Round: var round, PauseAfter: null } => InRound(round),
        RunStatus.InRound { Round: var round } => $"{InRound(round)}, then pauses",
        RunStatus.Paused { Reason: var reason, Held: null } => $"paused: {reason.Message}",
        RunStatus.Paused { Reason: var reason, Held: { } held } => $"paused in round {held.Id}: {reason.Message}",
        RunStatus.Completed => "completed",
        RunStatus.Cancelled { By: var by } => $"cancelled by {by}",
        RunStatus.Failed { Reason: var reason } => $"failed: {reason.Message}",
        _ => throw new UnreachableException(state.Status.Name),
    };

    /// <summary>One word for programs.</summary>
    public static string Code(RunStatus status) => status switch
    {
        RunStatus.Draft => "draft",
        RunStatus.BetweenRounds => "between-rounds",
        RunStatus.InRound => "in-round",
        RunStatus.Paused => "paused",
        RunStatus.Completed => "completed",
        RunStatus.Cancelled => "cancelled",
        RunStatus.Failed => "failed",
        _ => throw new UnreachableException(status.Name),
    };

    /// <summary>A stage as people write it.</summary>
    public static string Stage(RoundStage stage) => stage switch
    {
        RoundStage.Selecting => "selecting",
        RoundStage.Collecting => "collecting",
        RoundStage.Aggregating => "aggregating",
        RoundStage.Refreshing => "refreshing",
        RoundStage.Checkpointing => "checkpointing",
        RoundStage.Evaluating => "evaluating",
        _ => throw new UnreachableException(stage.ToString()),
    };

    /// <summary>How an agent stands in a round.</summary>
    public static string Standing(Standing standing) => standing switch
    {
        Standing.Joined { Tenths: var tenths } => string.Create(
            CultureInfo.InvariantCulture, $"training, {tenths * 10} % of its steps"),
        Standing.Delivered { Bytes: var bytes } => $"delivered {Bytes(bytes)}",
        Standing.Late { At: var at } => $"late, at {Time(at)}",
        _ => standing.Name,
    };

    /// <summary>How an attempt ended.</summary>
    public static string Result(RoundResult result) => result switch
    {
        RoundResult.Completed { Evaluation: Evaluation.Measured measured } =>
            $"completed; {string.Join(", ", measured.Metrics.Select(Metric))} by {measured.Evaluator}",
        RoundResult.Completed { Evaluation: Evaluation.Skipped skipped } =>
            $"completed; not evaluated: {Skip(skipped.Reason)}",
        RoundResult.QuorumMissed missed => $"quorum missed: {missed.Shortfall.Message}",
        RoundResult.Abandoned abandoned => $"abandoned by {abandoned.By}",
        RoundResult.Broken broken => $"broken: {broken.Reason.Message}",
        _ => throw new UnreachableException(result.ToString()),
    };

    /// <summary>A duration, exact to the second below an hour.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0} s"),
        { TotalHours: < 1 } => string.Create(
            CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} min {duration.Seconds} s"),
        { TotalDays: < 2 } => string.Create(
            CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalDays:0} days"),
    };

    /// <summary>A moment, UTC, to the second.</summary>
    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A size.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 10 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} KiB"),
        < 10L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0} GiB"),
    };

    private static string InRound(RoundState round) => $"{Stage(round.Phase.Stage)}, round {round.Id}";

    private static string Metric(Aggregation.Rounds.Messages.Metric metric) =>
        string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value:0.####}");

    private static string Skip(SkipReason reason) => reason switch
    {
        SkipReason.NoEvaluator => "no evaluator is connected",
        SkipReason.Declined => "every evaluator declined",
        SkipReason.DeadlinePassed => "no evaluator answered in time",
        SkipReason.Abandoned => "the round was ended",
        _ => throw new UnreachableException(reason.ToString()),
    };
}
