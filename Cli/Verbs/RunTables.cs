using System.Globalization;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Configuration;
using Spectre.Console;

namespace FedLowRank.Cli.Verbs;

/// <summary>Runs and rounds for people.</summary>
internal static class RunTables
{
    /// <summary>A run: what it does, how it stands, and each attempt in a line.</summary>
    public static void Write(IAnsiConsole console, RunState state)
    {
        console.Say($"{state.Id}: {Status(state)}");
        console.Say(Plan(state.Plan));
        console.Say(Policy(state.Plan.Policy));
        console.Say(state.Agents.Count == 0
            ? "no agent is connected"
            : $"connected: {string.Join(", ", state.Agents.Select(seat => seat.Agent))}");
        var table = Tables.New("round", "result", "updates", "took", "checkpoint");
        foreach (var report in state.History)
        {
            table.AddCells(
                report.Id.ToString(), Result(report), Updates(report), RunTexts.Duration(Total(report.Durations)),
                report.Result is RoundResult.Completed completed ? Short(completed.Checkpoint) : "");
        }

        console.WriteTable(table, "no round has ended yet");
        if (state.Round is { } round) Write(console, round, state.Clock);
    }

    /// <summary>The report of an attempt that has ended.</summary>
    public static void Write(IAnsiConsole console, RoundReport report)
    {
        console.Say($"round {report.Id}: {Result(report)}");
        console.Say($"began {RunTexts.Time(report.Opened)} from {report.Start}");
        if (report.Result is RoundResult.Completed completed) console.Say($"checkpoint {completed.Checkpoint}");
        console.Say(Durations(report.Durations));
        console.WriteTable(Roster(report.Agents, report.Refused), "nobody was invited");
    }

    /// <summary>An attempt in progress.</summary>
    public static void Write(IAnsiConsole console, RoundState round, RunClock clock)
    {
        console.Say(
            $"round {round.Id} is {RunTexts.Stage(round.Phase.Stage)}, " +
            $"until {RunTexts.Time(clock.WallTime(round.Phase.Deadline))} at most");
        console.WriteTable(Roster(round.Roster, round.Refused), "nobody was invited");
    }

    /// <summary>Who was invited and how each stands, and who else was refused something.</summary>
    public static Table Roster(ValueList<RosterEntry> roster, ValueList<RefusedAgent> refused)
    {
        var reasons = refused.ToLookup(refusal => refusal.Agent, refusal => refusal.Code);
        var table = Tables.New("agent", "standing", "refused");
        foreach (var entry in roster)
        {
            table.AddCells(
                entry.Agent.Value, RunTexts.Standing(entry.Standing), string.Join(", ", reasons[entry.Agent]));
        }

        var invited = roster.Select(entry => entry.Agent).ToHashSet();
        foreach (var stranger in reasons.Where(reason => !invited.Contains(reason.Key)))
            table.AddCells(stranger.Key.Value, "not invited", string.Join(", ", stranger));
        return table;
    }

    /// <summary>How an attempt ended, and whether it still counts.</summary>
    public static string Result(RoundReport report) =>
        RunTexts.Result(report.Result) + (report.IsSuperseded ? " (superseded by a rollback)" : "");

    /// <summary>How many of the invited delivered.</summary>
    public static string Updates(RoundReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Agents.Count(entry => entry.Standing is Standing.Delivered)} of {report.Agents.Count}");

    /// <summary>The first digits, enough to tell checkpoints of a run apart.</summary>
    public static string Short(BlobHash hash) => hash.ToString()[..12];

    private static string Status(RunState state) =>
        $"{RunTexts.Status(state)}; {state.LastRound.ToString(CultureInfo.InvariantCulture)} of " +
        $"{state.Plan.Rounds.ToString(CultureInfo.InvariantCulture)} rounds done" +
        (state.Origin.Parent is { } parent ? $"; forked from {parent}" : "");

    private static string Plan(RunPlan plan)
    {
        var round = plan.Round;
        var privacy = round.Privacy is { } terms
            ? $"noise {terms.NoiseMultiplier:0.####}, clip {terms.ClipNorm:0.####}, delta {terms.Delta:0.###e+0}"
            : "NOT PRIVATE";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{round.Method}, {round.LocalSteps} steps a round at sampling rate {round.SamplingRate:0.####}; " +
            $"{privacy}") +
            (round.BaseFormat == WeightFormat.Full
                ? ""
                : $"; base weights {ConfigObject.InJson(round.BaseFormat)}");
    }

    private static string Policy(RoundPolicy policy) => string.Create(
        CultureInfo.InvariantCulture,
        $"a round wants {policy.CohortSize} updates and needs {policy.Quorum}") +
        (policy.RequiredAgents.Count == 0 ? "" : $", those of {string.Join(", ", policy.RequiredAgents)} among them");

    private static string Durations(ValueList<PhaseDuration> durations) => string.Join(
        ", ", durations.Select(phase => $"{RunTexts.Stage(phase.Stage)} {RunTexts.Duration(phase.Duration)}"));

    private static TimeSpan Total(ValueList<PhaseDuration> durations) =>
        durations.Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Duration);
}
