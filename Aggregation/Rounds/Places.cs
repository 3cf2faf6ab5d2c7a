using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Where a run remembers an agent's part in an attempt.</summary>
/// <param name="Entry">The part.</param>
/// <param name="Report">Index in the history; null for the attempt in progress or on hold.</param>
internal readonly record struct Place(RosterEntry Entry, int? Report)
{
    public Standing Standing => Entry.Standing;

    public bool IsPast => Report is not null;

    public RunState With(RunState state, Standing standing)
    {
        if (Report is not { } index) return state.WithRound(state.Round!.WithStanding(Entry.Agent, standing));
        var report = state.History[index];
        var at = report.Agents.Find(Entry.Agent, entry => entry.Agent);
        report = report with { Agents = report.Agents.With(at, Entry with { Standing = standing }) };
        return state with { History = state.History.With(index, report) };
    }
}

/// <summary>Looks up what an agent refers to when it names an attempt.</summary>
internal static class Places
{
    /// <summary>
    /// The agent's part in the attempt that it was invited to, in whichever later attempt it was carried over to.
    /// </summary>
    public static Place? Find(RunState state, AgentId agent, RoundId id)
    {
        if (state.Round is { } round && round.Id.Number == id.Number && round.Entry(agent) is { } live &&
            live.Attempt == id.Attempt)
        {
            return new(live, null);
        }

        for (var i = state.History.Count - 1; i >= 0; i--)
        {
            var report = state.History[i];
            if (report.Id.Number != id.Number) continue;
            var index = report.Agents.Find(agent, entry => entry.Agent);
            if (index >= 0 && report.Agents[index].Attempt == id.Attempt) return new(report.Agents[index], i);
        }

        return null;
    }

    /// <summary>Why there is none.</summary>
    public static Refusal WhyNot(RunState state, AgentId agent, RoundId id) =>
        state.Round?.Id == id || state.History.Any(report => report.Id == id)
            ? new Refusal.NotInvited(agent, id)
            : new Refusal.Stale(id, state.Round?.Id);
}
