using System.Globalization;
using System.Text.RegularExpressions;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>States, effects and answers as short text for people.</summary>
internal static partial class Describe
{
    public static string Hash(BlobHash hash) => "#" + hash.Low.ToString("x", CultureInfo.InvariantCulture);

    public static string? Reply(Answer answer) => answer switch
    {
        Answer.Done => null,
        Answer.Ignored => "ignored",
        Answer.Received(var receipt) =>
            $"receipt {receipt.Agent} {receipt.Round} {Hash(receipt.Update)} {receipt.Bytes} bytes " +
            $"at {Time(receipt.At)}",
        Answer.Refused(var refusal) => $"refused {refusal.Code}: {Short(refusal.Message)}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Effect(RunEffect effect) => effect switch
    {
        RunEffect.Assign(var agent, var assignment) => $"{agent}: {Order(assignment)}",
        RunEffect.AggregateShard e => $"aggregate {e.Round} shard {e.Shard} try {e.Try}: {Frozen(e.Updates)}",
        RunEffect.RefreshShard e =>
            $"refresh {e.Round} shard {e.Shard} try {e.Try}: {Hash(e.Start)} and {Hash(e.Sum)}",
        RunEffect.WriteCheckpoint e =>
            $"write checkpoint {e.Round} try {e.Try}: {string.Join(' ', e.Parts.Select(Hash))} of {Frozen(e.Updates)}",
        RunEffect.CreateRun(var order) =>
            $"create run {order.Id} from round {order.Origin.Round} {Hash(order.Origin.Checkpoint)} " +
            $"of {order.Plan.Rounds} rounds",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static string Status(RunState state) => state.Status switch
    {
        RunStatus.Paused { Reason: var reason, Held: var held } =>
            $"paused: {reason.Message}{(held is null ? "" : $"; holds {held.Phase.Stage} {held.Id}")}",
        RunStatus.Failed failed => $"failed: {Short(failed.Reason.Message)}",
        RunStatus.Cancelled cancelled => $"cancelled by {cancelled.By}",
        RunStatus.InRound { Round: var round, PauseAfter: var pause } =>
            $"{round.Phase.Stage} {round.Id} until {Elapsed(round.Phase.Deadline)}" +
            $"{(pause is null ? "" : ", then pauses")}",
        RunStatus.BetweenRounds waiting => $"between rounds until {Elapsed(waiting.Deadline)}",
        var status => status.Name,
    };

    public static IEnumerable<string> Report(RoundReport report)
    {
        var durations = report.Durations.Select(phase => $"{phase.Stage} {phase.Duration.TotalSeconds:0} s");
        yield return $"round {report.Id} from {Hash(report.Start)}: {Result(report.Result)}" +
            $"{(report.IsSuperseded ? ", superseded" : "")}; {string.Join(", ", durations)}";
        foreach (var entry in report.Agents) yield return "  " + Entry(entry);
        foreach (var refused in report.Refused) yield return $"  {refused.Agent}: refused, {refused.Code}";
    }

    public static string Entry(RosterEntry entry)
    {
        var standing = entry.Standing switch
        {
            Standing.Delivered delivered => $"delivered {Hash(delivered.Update)}",
            Standing.Joined joined => $"joined, {joined.Tenths}/10",
            var other => other.Name,
        };
        return $"{entry.Agent} (attempt {entry.Attempt}): {standing}";
    }

    private static string Order(Assignment assignment) => assignment switch
    {
        Assignment.Invitation e => $"answer invitation to {e.Round} from {Hash(e.Start)}",
        Assignment.StandBy e => $"stand by for {e.Round}",
        Assignment.Training e => $"train {e.Round} from {Hash(e.Start)}",
        Assignment.Evaluation e => $"evaluate {e.Round} {Hash(e.Checkpoint)}",
        _ => "idle",
    };

    private static string Result(RoundResult result) => result switch
    {
        RoundResult.Completed { Evaluation: Evaluation.Measured(var evaluator, var metrics), Checkpoint: var hash } =>
            $"completed {Hash(hash)}, {evaluator} measured {string.Join(", ", metrics.Select(Metric))}",
        RoundResult.Completed { Evaluation: Evaluation.Skipped(var reason), Checkpoint: var hash } =>
            $"completed {Hash(hash)}, not evaluated ({reason})",
        RoundResult.QuorumMissed(var shortfall) => $"quorum missed, {shortfall.Message}",
        RoundResult.Abandoned(var by) => $"abandoned by {by}",
        RoundResult.Broken(var reason) => $"broken, {Short(reason.Message)}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Metric(Metric metric) =>
        string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value}");

    private static string Frozen(ValueList<FrozenUpdate> updates) => string.Join(' ', updates.Select(update =>
        $"{Hash(update.Update)}*{update.Weight.ToString(CultureInfo.InvariantCulture)}"));

    private static string Time(DateTimeOffset at) => at.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Elapsed(TimeSpan elapsed) =>
        string.Create(CultureInfo.InvariantCulture, $"+{elapsed.TotalSeconds} s");

    /// <summary>Hashes in messages, without their leading zeros.</summary>
    private static string Short(string message) => LongHash().Replace(message, "#${digits}");

    [GeneratedRegex("0{20,}(?<digits>[0-9a-f]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LongHash();
}
