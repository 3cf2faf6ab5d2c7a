using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting.Running;

namespace FedLowRank.Grains.Runs;

/// <summary>Who listens, as the fleet tells it, and the way to them.</summary>
internal sealed class GrainPresence(FleetLink fleet, OrderOutbox outbox) : IRunPresence
{
    private RunActor? actor;

    /// <summary>Whose presence this is.</summary>
    public void Serve(RunActor run) => actor = run;

    /// <inheritdoc/>
    public void Attach(RunId run, Action<RunEvent> send)
    {
        // The fleet tells the run itself.
    }

    /// <inheritdoc/>
    public void Detach(RunId run)
    {
        // A run that is damaged or gone does not listen.
    }

    /// <inheritdoc/>
    public void Announce(RunId run, IReadOnlyList<AgentSeat> believed) =>
        fleet.Began([.. believed.Select(seat => seat.Agent)]);

    /// <inheritdoc/>
    public void Tell(AgentId agent, RunId run, Assignment assignment) => outbox.Tell(agent, actor!.Last, assignment);
}
