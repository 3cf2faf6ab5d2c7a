using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>What an agent says of its part in a round, short of delivering an update.</summary>
internal static class Invitations
{
    public static Step Joined(RunState state, RunEvent.AgentJoined joined) =>
        InProgress(state, joined.Agent, joined.Round, place => place.Standing switch
        {
            Standing.Invited when state.Round!.Phase.Stage == RoundStage.Selecting =>
                Step.Done(place.With(state, new Standing.Joined(0))),
            Standing.Invited => Step.Refuse(state, new Refusal.SelectionClosed(joined.Round)),
            Standing.Joined => Step.Ignore(state),
            _ => Wrong(state, place, joined.Round),
        });

    public static Step Declined(RunState state, RunEvent.AgentDeclined declined) =>
        InProgress(state, declined.Agent, declined.Round, place => place.Standing switch
        {
            Standing.Invited or Standing.Joined =>
                Step.Done(place.With(state, new Standing.Declined(declined.Reason))),
            Standing.Declined => Step.Ignore(state),
            _ => Wrong(state, place, declined.Round),
        });

    /// <summary>Keeps tenths, so that a heart-beat seldom has to be stored.</summary>
    public static Step Progressed(RunState state, RunEvent.AgentProgressed progressed) =>
        InProgress(state, progressed.Agent, progressed.Round, place =>
        {
            if (place.Standing is not Standing.Joined joined) return Wrong(state, place, progressed.Round);
            if (state.Round!.Phase is not RoundPhase.Gathering)
                return Step.Refuse(state, new Refusal.Late(progressed.Round));
            var tenths = (int)Math.Clamp(progressed.StepsDone * 10L / state.Plan.Round.LocalSteps, 0, 10);
            return tenths <= joined.Tenths
                ? Step.Ignore(state)
                : Step.Done(place.With(state, new Standing.Joined(tenths)));
        });

    /// <summary>Recorded even when the round is long over: the budget is spent all the same.</summary>
    public static Step Lost(RunState state, RunEvent.AgentLost lost)
    {
        if (Places.Find(state, lost.Agent, lost.Round) is not { } place)
            return Step.Refuse(state, Places.WhyNot(state, lost.Agent, lost.Round));
        return place.Standing switch
        {
            Standing.Joined or Standing.NoUpdate => Step.Done(place.With(state, new Standing.Lost(lost.Reason))),
            Standing.Lost => Step.Ignore(state),
            _ => Wrong(state, place, lost.Round),
        };
    }

    private static Step InProgress(RunState state, AgentId agent, RoundId id, Func<Place, Step> answer)
    {
        if (Places.Find(state, agent, id) is not { } place)
            return Step.Refuse(state, Places.WhyNot(state, agent, id));
        return place.IsPast ? Step.Refuse(state, new Refusal.Stale(id, state.Round?.Id)) : answer(place);
    }

    private static Step Wrong(RunState state, Place place, RoundId id) =>
        Step.Refuse(state, new Refusal.WrongStanding(place.Entry.Agent, id, place.Standing));
}
