using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using Orleans.Concurrency;

namespace FedLowRank.Grains.Agents;

/// <summary>
/// One agent, by its name: whether it listens, what it is to do in each run, and what it says of itself. All of it is
/// known anew within seconds after a silo has died, so none is stored.
/// </summary>
[Alias("fedlowrank.agent")]
internal interface IAgentGrain : IGrainWithStringKey
{
    /// <summary>
    /// What a listener is to be told that it was not told before; waits for some seconds where that is nothing.
    /// </summary>
    /// <param name="listener">Who listens; the first call with a new one replaces the one before.</param>
    /// <param name="after">What it has been told.</param>
    [AlwaysInterleave, Alias("orders")]
    Task<OrderNews> OrdersAsync(Listener listener, OrderMark after);

    /// <summary>A listener listens no more.</summary>
    [Alias("leave")]
    Task LeaveAsync(Guid listener);

    /// <summary>Replaces what the agent is to do in a run, unless a later word of that run came before.</summary>
    [AlwaysInterleave, Alias("tell")]
    Task TellAsync(RunId run, OrderStamp stamp, Assignment assignment);

    /// <summary>Ends the orders; the agent may listen again if it is admitted.</summary>
    [Alias("end")]
    Task EndAsync();

    /// <summary>Tells the fleet again whether the agent listens.</summary>
    [Alias("announce")]
    Task AnnounceAsync();

    /// <summary>Keeps what the agent says of itself.</summary>
    [Alias("report")]
    Task ReportAsync(AgentFacts facts);

    /// <summary>Keeps what the agent says went wrong last.</summary>
    [Alias("tell-trouble")]
    Task TellTroubleAsync(AgentTrouble trouble);

    /// <summary>What the agent said went wrong last; null where it said nothing to this activation.</summary>
    [Alias("trouble")]
    Task<AgentTrouble?> TroubleAsync();

    /// <summary>How it stands.</summary>
    [Alias("presence")]
    Task<AgentPresence> PresenceAsync();
}
