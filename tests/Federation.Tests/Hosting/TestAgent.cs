using System.Collections.Concurrent;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;

// The agent waits for a loop of its own.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// An agent that does what it is told, but for one stage that it holds.
/// </summary>
public sealed class TestAgent(AgentId id, AgentRole role = AgentRole.Trainer) : IAsyncDisposable
{
    private readonly Channel<AgentOrder> told = Channel.CreateUnbounded<AgentOrder>();
    private CancellationTokenSource? connection;
    private Task listening = Task.CompletedTask;

    public AgentId Id => id;

    /// <summary>What it does not do while this is set.</summary>
    public RoundStage? Holds { get; set; }

    /// <summary>All receipts that it got, by run and round.</summary>
    public ConcurrentDictionary<(RunId, RoundId), UpdateReceipt> Receipts { get; } = [];

    /// <summary>All that it was told, in order.</summary>
    public ChannelReader<AgentOrder> Told => told.Reader;

    public void Connect(FederationWorld world)
    {
        connection = new CancellationTokenSource();
        var runs = world.Federation.Runs;
        var orders = runs.OrdersAsync(id, role, connection.Token);
        listening = Task.Run(() => ListenAsync(world, runs, orders));
    }

    /// <summary>Hangs up, or waits until the server has; throws what the agent ran into.</summary>
    public async Task DisconnectAsync(bool expectsFaults = false)
    {
        if (connection is null) return;
        await connection.CancelAsync();
        try
        {
            await listening;
        }
        catch (OperationCanceledException)
        {
            // This is how it hangs up.
        }
        catch (Exception) when (expectsFaults)
        {
            // The server went down while it spoke.
        }

        connection.Dispose();
        connection = null;
    }

    public async ValueTask DisposeAsync() => await DisconnectAsync(expectsFaults: true);

    private async Task ListenAsync(FederationWorld world, IRunService runs, IAsyncEnumerable<AgentOrder> orders)
    {
        await foreach (var order in orders)
        {
            told.Writer.TryWrite(order);
            if (await RespondAsync(world, runs, order) is Answer.Received { Receipt: var receipt })
                Receipts[(order.Run, receipt.Round)] = receipt;
        }
    }

    private async Task<Answer?> RespondAsync(
        FederationWorld world, IRunService runs, AgentOrder order) => order.Assignment switch
        {
            Assignment.Invitation invited when Holds != RoundStage.Selecting =>
                await runs.ApplyAsync(order.Run, new RunEvent.AgentJoined(default, id, invited.Round)),
            Assignment.Training training when Holds != RoundStage.Collecting =>
                await runs.ApplyAsync(
                    order.Run, await world.UpdateAsync(order.Run, id, training.Round, training.Start)),
            Assignment.Evaluation evaluation when Holds != RoundStage.Evaluating => await runs.ApplyAsync(
                order.Run, new RunEvent.EvaluationDone(default, id, evaluation.Round, [new("accuracy", 0.9)])),
            _ => null,
        };
}
