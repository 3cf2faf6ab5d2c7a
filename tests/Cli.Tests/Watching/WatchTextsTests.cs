using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Watching;
using Spectre.Console;

namespace FedLowRank.Cli.Tests.Watching;

/// <summary>What a person or a program sees of recorded states.</summary>
public sealed class WatchTextsTests
{
    private static readonly IReadOnlyList<RunState> States = Recorded.States();

    private static string View(RunState state, double age = 0, string? trouble = null)
    {
        using var writer = new StringWriter();
        CommandHost.ConsoleOn(writer).Write(RunView.Render(state, TimeSpan.FromSeconds(age), trouble));
        return writer.ToString();
    }

    [Fact]
    public void The_record_ends_completed()
    {
        Assert.IsType<RunStatus.Completed>(States[^1].Status);
    }

    [Fact]
    public void Lines_tell_each_change_once_and_no_progress()
    {
        var lines = new List<string>();
        RunState? before = null;
        foreach (var state in States)
        {
            lines.AddRange(WatchTexts.Changes(before, state));
            before = state;
        }

        Assert.Equal(
            [
                "topics: draft",
                "topics: selecting, round 1.1",
                "round 1.1: north invited",
                "round 1.1: south invited",
                "round 1.1: north joined",
                "topics: collecting, round 1.1",
                "round 1.1: south joined",
                "round 1.1: north delivered 100 B",
                "topics: aggregating, round 1.1",
                "round 1.1: south late, at 2026-01-01 00:11:41Z",
                "topics: refreshing, round 1.1",
                "topics: checkpointing, round 1.1",
                "round 1.1 of 1: completed; not evaluated: no evaluator is connected; 1 of 2 updates",
                "topics: completed",
            ],
            lines);
    }

    [Fact]
    public void Joining_late_one_hears_no_old_rounds()
    {
        Assert.Equal(["topics: completed"], WatchTexts.Changes(before: null, States[^1]));
    }

    [Fact]
    public void A_line_for_programs_holds_roster_and_deadline()
    {
        var line = WatchTexts.Line(States[7]);
        Assert.Equal(
            ("in-round", "1.1", "collecting", 0, 1),
            (line.Status, line.Round, line.Stage, line.RoundsDone, line.Rounds));
        Assert.Equal(Recorded.Midnight.AddSeconds(6 + 600), line.Deadline);
        Assert.Equal([("north", "joined", 7), ("south", "joined", (int?)0)],
            line.Agents.Select(agent => (agent.Agent.Value, agent.Standing, agent.Tenths)));
        Assert.Null(line.Last);
        var end = WatchTexts.Line(States[^1]);
        Assert.Equal(("completed", 1, null), (end.Status, end.RoundsDone, end.Round));
        Assert.Equal(("1.1", 1, 2), (end.Last!.Round, end.Last.Updates, end.Last.Invited));
    }

    [Fact]
    public void The_view_counts_down_and_shows_tenths()
    {
        var view = View(States[7], age: 9);
        Assert.Contains("topics: collecting, round 1.1", view, StringComparison.Ordinal);
        Assert.Contains("at most 9 min 50 s more; 0 of 2 updates, quorum 1", view, StringComparison.Ordinal);
        Assert.Matches(@"training, 70 % of its steps +. #######\.\.\.", view);
        Assert.Contains("time is up", View(States[7], age: 9999), StringComparison.Ordinal);
        Assert.Contains("not heard: gone", View(States[7], trouble: "gone"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_view_says_why_a_run_waits_and_how_it_ended()
    {
        var held = Recorded.After(States[7], new RunCommand.Pause(PauseMode.HoldRound));
        Assert.Contains("paused in round 1.1: olga asked for it", View(held), StringComparison.Ordinal);
        Assert.Contains("on hold", View(held), StringComparison.Ordinal);
        Assert.Contains(
            "[########################################] 1 of 1 rounds", View(States[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_elsewhere_cannot_steer_the_terminal()
    {
        using var writer = new StringWriter();
        CommandHost.ConsoleOn(writer).Write(new Text(Cli.Verbs.Printable.Of("a\u001b[31mb\u202ec")));
        Assert.Equal("a?[31mb?c", writer.ToString());
    }
}
