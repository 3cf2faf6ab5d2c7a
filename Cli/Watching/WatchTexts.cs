using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Watching;

/// <summary>What has changed between two states of a run, for a log or for programs.</summary>
internal static class WatchTexts
{
    /// <summary>A line for each thing worth one; progress within a round's training is not.</summary>
    public static IEnumerable<string> Changes(RunState? before, RunState after)
    {
        foreach (var report in after.History.Skip(before?.History.Count ?? after.History.Count))
        {
            yield return $"round {report.Id} of {after.Plan.Rounds}: {RunTables.Result(report)}; " +
                $"{RunTables.Updates(report)} updates";
        }

        if (before is null || RunTexts.Status(before) != RunTexts.Status(after))
            yield return $"{after.Id}: {RunTexts.Status(after)}";
        if (after.Round is not { } round) yield break;
        var old = before?.Round is { } earlier && earlier.Id == round.Id ? earlier : null;
        foreach (var entry in round.Roster)
        {
            if (old?.Entry(entry.Agent)?.Standing.GetType() == entry.Standing.GetType()) continue;
            yield return $"round {round.Id}: {entry.Agent} {Plain(entry.Standing)}";
        }

        foreach (var refused in round.Refused.Skip(old?.Refused.Count ?? 0))
            yield return $"round {round.Id}: {refused.Agent} was refused: {refused.Code}";
    }

    /// <summary>The same as one object.</summary>
    public static WatchLine Line(RunState state)
    {
        var round = state.Round;
        return new(
            state.Id, state.Clock.LastSeen, RunTexts.Code(state.Status), RunTexts.Status(state), state.LastRound,
            state.Plan.Rounds, round?.Id.ToString(), round is null ? null : RunTexts.Stage(round.Phase.Stage),
            round is null ? null : state.Clock.WallTime(round.Phase.Deadline),
            round?.Roster.Select(entry => new WatchAgent(
                entry.Agent, Code(entry.Standing), (entry.Standing as Standing.Joined)?.Tenths)).ToList() ?? [],
            state.History is [.., var last]
                ? new WatchReport(last.Id.ToString(), RunTables.Result(last), Delivered(last), last.Agents.Count)
                : null);
    }

    private static int Delivered(RoundReport report) =>
        report.Agents.Count(entry => entry.Standing is Standing.Delivered);

    private static string Plain(Standing standing) =>
        standing is Standing.Joined ? "joined" : RunTexts.Standing(standing);

    // Names carry their reason in parentheses; the word before it is the code.
    private static string Code(Standing standing) => standing.Name.Split(" (")[0].Replace(' ', '-');
}
