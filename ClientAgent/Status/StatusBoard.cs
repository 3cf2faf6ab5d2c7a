using System.Text.Json;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Status;

/// <summary>
/// Keeps in <c>status.json</c> what a running agent last knew, and hands each change on as one line for people. Safe
/// for concurrent use.
/// </summary>
internal sealed class StatusBoard(AgentFolder folder, DurableFile files, TimeProvider time, Action<string> changed)
{
    private readonly Lock writing = new();
    private readonly SortedDictionary<string, (OrderMessage Order, DateTimeOffset At)> orders =
        new(StringComparer.Ordinal);

    private RunNote note = new(
        null, null, Environment.ProcessId, time.GetUtcNow(), IsConnected: false, time.GetUtcNow(), []);

    /// <summary>The last order of each run.</summary>
    public IReadOnlyList<OrderMessage> Orders
    {
        get
        {
            lock (writing) return [.. orders.Values.Select(entry => entry.Order)];
        }
    }

    /// <summary>The server listens.</summary>
    public void Connected(AgentSelf self) => Write(
        current => current with { Agent = self.Agent, Role = self.Role, IsConnected = true, Since = time.GetUtcNow() },
        "connected");

    /// <summary>It does not, or no more.</summary>
    public void Disconnected() => Write(
        current => current.IsConnected ? current with { IsConnected = false, Since = time.GetUtcNow() } : current,
        "not connected");

    /// <summary>An order came.</summary>
    public void Ordered(OrderMessage order)
    {
        lock (writing) orders[order.Run.Value] = (order, time.GetUtcNow());
        Write(current => current, $"{order.Run} {order.Round}: {order.Kind}");
    }

    private void Write(Func<RunNote, RunNote> change, string line)
    {
        lock (writing)
        {
            note = change(note) with
            {
                Orders =
                [
                    .. orders.Values.Select(entry => new OrderNote(
                        entry.Order.Run, entry.Order.Kind.ToString(), entry.Order.Round, entry.At)),
                ],
            };
            files.Write(folder.Status, JsonSerializer.SerializeToUtf8Bytes(note, StorageJson.Default.RunNote));
        }

        changed(line);
    }
}
