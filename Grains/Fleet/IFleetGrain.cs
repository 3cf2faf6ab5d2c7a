using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using Orleans.Concurrency;

namespace FedLowRank.Grains.Fleet;

/// <summary>
/// Which agents listen, and which runs are under way; there is one. Every run hears who comes and goes in the order in
/// which it happens, because all of it passes here.
/// </summary>
/// <remarks>
/// Nothing of it is stored. After its silo has died the fronts say again who listens to them, and all runs are asked.
/// </remarks>
[Alias("fedlowrank.fleet")]
internal interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>An agent listens; all runs that are under way hear of it, even again.</summary>
    [Alias("connect")]
    Task ConnectAsync(AgentId agent, AgentRole role, Guid front);

    /// <summary>An agent listens no more.</summary>
    [Alias("disconnect")]
    Task DisconnectAsync(AgentId agent);

    /// <summary>A run is under way; it hears who listens, and who of those that it believes to does not.</summary>
    [Alias("began")]
    Task BeganAsync(RunId run, AgentId[] believed);

    /// <summary>A run is not under way any more.</summary>
    [Alias("ended")]
    Task EndedAsync(RunId run);

    /// <summary>Which activation it is. Asked by runs while it tells them something.</summary>
    [AlwaysInterleave, Alias("activation")]
    Task<Guid> ActivationAsync();

    /// <summary>The runs that are under way.</summary>
    [Alias("under-way")]
    Task<RunId[]> UnderWayAsync();

    /// <summary>Names of all runs that are stored.</summary>
    [AlwaysInterleave, Alias("runs")]
    Task<RunId[]> RunsAsync();

    /// <summary>Tells all fronts that a certificate is no longer admitted.</summary>
    [Alias("cut-off")]
    Task CutOffAsync(SerialNumber serial);

    /// <summary>
    /// Says that a front is there; returns what it was not told before, after some seconds where that is nothing. Where
    /// the activation is another than the front knows, or has given the front up for silent, the front is to say again
    /// who listens to it.
    /// </summary>
    [AlwaysInterleave, Alias("follow")]
    Task<FleetNews> FollowAsync(Guid front, Guid activation, long number);
}
