using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Gateway.Uploads;

/// <summary>
/// Whether an agent's update is wanted, by a state of the run. Spares both sides an upload in vain; what counts is what
/// the run itself answers at the end.
/// </summary>
internal abstract record UpdatePlace
{
    private UpdatePlace()
    {
    }

    /// <summary>It is wanted, by this attempt.</summary>
    public sealed record Open(RoundState Round) : UpdatePlace;

    /// <summary>It is there already.</summary>
    public sealed record Delivered(UpdateReceipt Receipt) : UpdatePlace;

    /// <summary>The round was closed without it, for good.</summary>
    public sealed record Closed : UpdatePlace;

    /// <summary>It is not wanted.</summary>
    public sealed record Unwanted(Refusal Refusal) : UpdatePlace;

    public static UpdatePlace Of(RunState state, RoundId id, AgentId agent, BlobHash update)
    {
        if (state.Round is { } round && round.Id.Number == id.Number && round.Entry(agent) is { } live &&
            live.Attempt == id.Attempt)
        {
            if (live.Standing is not Standing.Joined) return Of(state, id, live, update);
            if (round.Phase.Stage > RoundStage.Collecting) return new Closed();
            return round.Phase.Stage == RoundStage.Collecting || live.Attempt < round.Id.Attempt
                ? new Open(round)
                : new Unwanted(new Refusal.WrongStanding(agent, id, live.Standing));
        }

        var past = state.History.Where(report => report.Id.Number == id.Number)
            .SelectMany(report => report.Agents)
            .LastOrDefault(entry => entry.Agent == agent && entry.Attempt == id.Attempt);
        if (past is not null) return Of(state, id, past, update);
        var isKnown = state.Round?.Id == id || state.History.Any(report => report.Id == id);
        return new Unwanted(isKnown ? new Refusal.NotInvited(agent, id) : new Refusal.Stale(id, state.Round?.Id));
    }

    private static UpdatePlace Of(RunState state, RoundId id, RosterEntry entry, BlobHash update) =>
        entry.Standing switch
        {
            Standing.Delivered first when first.Update == update => new Delivered(
                new(state.Id, id, entry.Agent, first.Update, first.Bytes, first.Weight, first.At)),
            Standing.Delivered first => new Unwanted(new Refusal.Conflict(id, first.Update, update)),
            Standing.Quarantined first when first.Update == update =>
                new Unwanted(new Refusal.Quarantined(id, update, first.Verdict)),
            Standing.Quarantined first => new Unwanted(new Refusal.Conflict(id, first.Update, update)),
            Standing.NoUpdate => new Closed(),
            Standing.Late => new Unwanted(new Refusal.Late(id)),
            _ => new Unwanted(new Refusal.WrongStanding(entry.Agent, id, entry.Standing)),
        };
}
