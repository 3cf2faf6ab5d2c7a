using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>
/// Which agents listen now. Every run hears who comes and goes in the order in which it happens, because it is told
/// under the same lock.
/// </summary>
internal sealed class Presence(TimeProvider time) : IRunPresence
{
    private readonly Lock gate = new();
    private readonly Dictionary<AgentId, OrderStream> connected = [];
    private readonly Dictionary<AgentId, DateTimeOffset> lastSeen = [];
    private readonly Dictionary<RunId, Action<RunEvent>> runs = [];
    private bool isClosed;

    /// <summary>The orders of an agent, which is connected while they are read.</summary>
    public async IAsyncEnumerable<AgentOrder> ListenAsync(
        AgentId agent, AgentRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var orders = Connect(agent, role);
        try
        {
            await foreach (var order in orders.ReadAsync(cancellationToken)) yield return order;
        }
        finally
        {
            Disconnect(agent, orders);
        }
    }

    /// <inheritdoc/>
    public void Tell(AgentId agent, RunId run, Assignment assignment)
    {
        lock (gate)
        {
            if (connected.TryGetValue(agent, out var orders)) orders.Tell(run, assignment);
        }
    }

    /// <inheritdoc/>
    public void Attach(RunId run, Action<RunEvent> send)
    {
        lock (gate) runs[run] = send;
    }

    /// <inheritdoc/>
    public void Detach(RunId run)
    {
        lock (gate) runs.Remove(run);
    }

    /// <inheritdoc/>
    public void Announce(RunId run, IReadOnlyList<AgentSeat> believed)
    {
        lock (gate)
        {
            if (!runs.TryGetValue(run, out var send)) return;
            var now = time.GetUtcNow();
            foreach (var seat in believed)
                if (!connected.ContainsKey(seat.Agent)) send(new RunEvent.AgentGone(now, seat.Agent));
            foreach (var (agent, orders) in connected) send(new RunEvent.AgentPresent(now, agent, orders.Role));
        }
    }

    /// <summary>Whether an agent is connected.</summary>
    public bool IsConnected(AgentId agent)
    {
        lock (gate) return connected.ContainsKey(agent);
    }

    /// <summary>When an agent was last connected; null where it never was.</summary>
    public DateTimeOffset? LastSeen(AgentId agent, DateTimeOffset now)
    {
        lock (gate)
        {
            if (connected.ContainsKey(agent)) return now;
            return lastSeen.TryGetValue(agent, out var at) ? at : null;
        }
    }

    /// <summary>Ends the orders of an agent, which may listen again if it is admitted.</summary>
    public void End(AgentId agent)
    {
        lock (gate)
        {
            if (connected.TryGetValue(agent, out var orders)) orders.End();
        }
    }

    /// <summary>
    /// Ends the orders of all agents. No run hears of it: when it is loaded again, nobody is connected.
    /// </summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            runs.Clear();
            foreach (var orders in connected.Values) orders.End();
        }
    }

    private OrderStream Connect(AgentId agent, AgentRole role)
    {
        var orders = new OrderStream(role);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            if (connected.TryGetValue(agent, out var before)) before.End();
            connected[agent] = orders;
            var present = new RunEvent.AgentPresent(time.GetUtcNow(), agent, role);
            foreach (var send in runs.Values) send(present);
        }

        return orders;
    }

    private void Disconnect(AgentId agent, OrderStream orders)
    {
        lock (gate)
        {
            if (!connected.TryGetValue(agent, out var current) || current != orders) return;
            connected.Remove(agent);
            var gone = new RunEvent.AgentGone(time.GetUtcNow(), agent);
            lastSeen[agent] = gone.Now;
            foreach (var send in runs.Values) send(gone);
        }
    }
}
