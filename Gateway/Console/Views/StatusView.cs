using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>How a run stands, in plain words.</summary>
internal static class StatusView
{
    /// <summary>A word or two.</summary>
    public static string Name(RunState run) => run.Status switch
    {
        RunStatus.Draft => "Draft",
        RunStatus.BetweenRounds => "Between rounds",
        RunStatus.InRound { Round: var round } => $"Round {round.Id}: {Stage(round.Phase.Stage).ToLowerInvariant()}",
        RunStatus.Paused => "Paused",
        RunStatus.Completed => "Completed",
        RunStatus.Cancelled => "Cancelled",
        RunStatus.Failed => "Failed",
        var other => other.Name,
    };

    /// <summary>What those who do not see the page are told of it, which does not change with every phase.</summary>
    public static string Said(RunState run) =>
        $"{run.LastRound} of {Sentence.Count(run.Plan.Rounds, "round")} done" +
        (run.Status is RunStatus.InRound or RunStatus.BetweenRounds ? "." : $". {Name(run)}.");

    /// <summary>Class of the mark beside it; the words say the same without colour.</summary>
    public static string Mark(RunState run) => run.Status switch
    {
        RunStatus.InRound or RunStatus.BetweenRounds => "good",
        RunStatus.Paused => "warn",
        RunStatus.Failed => "bad",
        _ => "calm",
    };

    /// <summary>Why a run waits for a person, or ended by itself; null where it does not.</summary>
    public static string? NeedsAttention(RunState run) => run.Status switch
    {
        RunStatus.Paused { Reason: PauseReason.Asked or PauseReason.RolledBack } => null,
        RunStatus.Paused { Reason: var reason } => $"Paused: {reason.Message}",
        RunStatus.Failed { Reason: var reason } => $"Failed: {reason.Message}",
        _ => null,
    };

    /// <summary>A phase.</summary>
    public static string Stage(RoundStage stage) => stage switch
    {
        RoundStage.Selecting => "Inviting agents",
        RoundStage.Collecting => "Agents train",
        RoundStage.Aggregating => "Summing",
        RoundStage.Refreshing => "Refreshing factors",
        RoundStage.Checkpointing => "Writing checkpoint",
        RoundStage.Evaluating => "Evaluating",
        _ => stage.ToString(),
    };

    /// <summary>How an attempt ended.</summary>
    public static string Result(RoundReport report) => report.Result switch
    {
        RoundResult.Completed => report.IsSuperseded ? "Completed, rolled back" : "Completed",
        RoundResult.QuorumMissed { Shortfall: var shortfall } => $"Quorum missed: {shortfall.Message}",
        RoundResult.Abandoned { By: var by } => $"Abandoned by {by}",
        RoundResult.Broken { Reason: var reason } => $"Broken: {reason.Message}",
        _ => report.Result.GetType().Name,
    };

    /// <summary>Until when the run waits, by the server's clock; null where it waits for nothing.</summary>
    public static DateTimeOffset? Deadline(RunState run) => RunMachine.NextDeadline(run);
}
