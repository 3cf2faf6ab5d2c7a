using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>One attempt at one round, in progress.</summary>
/// <param name="Id">Number and attempt.</param>
/// <param name="Start">The checkpoint that agents start from.</param>
/// <param name="Opened">When, by the server's clock.</param>
/// <param name="Retry">How many attempts at this round, since it was triggered, have missed their quorum.</param>
/// <param name="Phase">What it waits for.</param>
/// <param name="PhaseSince">When the phase began or was resumed, in the run's time.</param>
/// <param name="Roster">All invited agents, sorted by agent; each at most once.</param>
/// <param name="Refused">Refusals worth a line in the report, at most <see cref="RefusedMax"/>.</param>
/// <param name="Durations">Of the phases that have ended.</param>
public sealed record RoundState(
    RoundId Id, BlobHash Start, DateTimeOffset Opened, int Retry, RoundPhase Phase, TimeSpan PhaseSince,
    ValueList<RosterEntry> Roster, ValueList<RefusedAgent> Refused, ValueList<PhaseDuration> Durations)
{
    /// <summary>Most distinct refusals kept for one attempt.</summary>
    public const int RefusedMax = 256;

    /// <summary>The agents whose updates were accepted.</summary>
    internal IEnumerable<RosterEntry> Delivered => Roster.Where(entry => entry.Standing is Standing.Delivered);

    /// <summary>Index in the roster, or the complement of where the agent belongs.</summary>
    internal int Find(AgentId agent) => Roster.Find(agent, entry => entry.Agent);

    /// <summary>How an agent stands; null where it was not invited.</summary>
    public RosterEntry? Entry(AgentId agent) => Find(agent) is >= 0 and var index ? Roster[index] : null;

    /// <summary>
    /// True where an agent that joined is to train: once the round collects, and before that only where its work was
    /// carried over.
    /// </summary>
    internal bool IsTraining(RosterEntry entry) => entry.Standing is Standing.Joined &&
        (Phase.Stage > RoundStage.Selecting || entry.Attempt < Id.Attempt);

    internal RoundState WithStanding(AgentId agent, Standing standing)
    {
        var index = Find(agent);
        return this with { Roster = Roster.With(index, Roster[index] with { Standing = standing }) };
    }
}
