using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>Which agents listen now, as runs see it.</summary>
internal interface IRunPresence
{
    /// <summary>A run is told of all comings and goings from now on.</summary>
    void Attach(RunId run, Action<RunEvent> send);

    /// <summary>A run is told no more.</summary>
    void Detach(RunId run);

    /// <summary>Tells a run who is connected, and who, of those that it believes to be, is not.</summary>
    void Announce(RunId run, IReadOnlyList<AgentSeat> believed);

    /// <summary>Tells an agent what to do, if it is connected.</summary>
    void Tell(AgentId agent, RunId run, Assignment assignment);
}
