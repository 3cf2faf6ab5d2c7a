using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Agents that come and go. A round keeps the place of one that has gone.</summary>
internal static class Connections
{
    public static Step Present(RunState state, RunEvent.AgentPresent present)
    {
        var seat = new AgentSeat(present.Agent, present.Role);
        var index = state.Agents.Find(present.Agent, seat => seat.Agent);
        if (index < 0) return Step.Done(state with { Agents = state.Agents.Insert(~index, seat) });
        return state.Agents[index] == seat
            ? Step.Done(state)
            : Step.Done(state with { Agents = state.Agents.With(index, seat) });
    }

    public static Step Gone(RunState state, RunEvent.AgentGone gone)
    {
        var index = state.Agents.Find(gone.Agent, seat => seat.Agent);
        return index < 0
            ? Step.Ignore(state)
            : Step.Done(state with { Agents = state.Agents.RemoveAt(index) });
    }
}
