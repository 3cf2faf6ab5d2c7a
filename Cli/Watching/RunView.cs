using System.Globalization;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Verbs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FedLowRank.Cli.Watching;

/// <summary>A run as it is now, for a terminal.</summary>
internal static class RunView
{
    private const int BarWidth = 40;

    // More agents would push the head of the view off most terminals.
    private const int RosterMax = 24;

    /// <summary>The view.</summary>
    /// <param name="state">The run.</param>
    /// <param name="age">Since the state was stored.</param>
    /// <param name="trouble">Why it may be old; null while the server is heard.</param>
    public static IRenderable Render(RunState state, TimeSpan age, string? trouble)
    {
        var rows = new List<IRenderable>
        {
            Line($"{state.Id}: {RunTexts.Status(state)}"),
            Line(Bar(state.LastRound, state.Plan.Rounds)),
        };
        if (state.Round is { } round)
        {
            rows.Add(Line(Phase(state, round, age)));
            rows.Add(Roster(round));
        }

        if (state.History is [.., var last])
        {
            rows.Add(Line(
                $"last: round {last.Id} {RunTables.Result(last)}; {RunTables.Updates(last)} updates"));
        }

        if (trouble is not null) rows.Add(Line($"the server is not heard: {trouble}; trying again"));
        return new Rows(rows);
    }

    private static Table Roster(RoundState round)
    {
        var table = Tables.New("agent", "standing", "");
        foreach (var entry in round.Roster.Take(RosterMax))
        {
            var tenths = (entry.Standing as Standing.Joined)?.Tenths;
            table.AddCells(
                entry.Agent.Value, RunTexts.Standing(entry.Standing),
                tenths is { } done ? new string('#', done) + new string('.', 10 - done) : "");
        }

        if (round.Roster.Count > RosterMax)
        {
            var more = (round.Roster.Count - RosterMax).ToString(CultureInfo.InvariantCulture);
            table.AddCells($"and {more} more", "", "");
        }

        return table;
    }

    private static string Phase(RunState state, RoundState round, TimeSpan age)
    {
        var left = round.Phase.Deadline - state.Clock.Elapsed - age;
        var updates = round.Roster.Count(entry => entry.Standing is Standing.Delivered);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"round {round.Id}: {RunTexts.Stage(round.Phase.Stage)}, {Left(state, left)}; " +
            $"{updates} of {state.Plan.Policy.CohortSize} updates, quorum {state.Plan.Policy.Quorum}");
    }

    private static string Left(RunState state, TimeSpan left) => state.Status is RunStatus.Paused
        ? "on hold"
        : left > TimeSpan.Zero ? $"at most {RunTexts.Duration(left)} more" : "time is up";

    private static string Bar(int done, int of)
    {
        var full = (int)((long)BarWidth * done / of);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[{new string('#', full)}{new string('.', BarWidth - full)}] {done} of {of} rounds");
    }

    private static Text Line(string text) => new(Printable.Of(text));
}
