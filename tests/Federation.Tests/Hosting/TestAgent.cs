using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;

// The agent waits for a loop of its own.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// An agent that does what it is told, but for one stage that it holds. Its update names all that it depends on, so it
/// sends the same one again after any interruption.
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

    public static BlobHash UpdateOf(AgentId agent, RoundId round, BlobHash start) =>
        BlobHash.Of(SHA256.HashData(Encoding.ASCII.GetBytes($"{agent} {round} {start}")));

    public static RunEvent.UpdateSubmitted Submission(RunId run, AgentId agent, RoundId round, BlobHash start) => new(
        default, run, round, agent, UpdateOf(agent, round, start), Bytes: 100, Weight: 1,
        new(ScreeningVerdict.Clean, Norm: null));

    public void Connect(IFederation federation)
    {
        connection = new CancellationTokenSource();
        var orders = federation.Runs.OrdersAsync(id, role, connection.Token);
        listening = Task.Run(() => ListenAsync(federation.Runs, orders));
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

    private async Task ListenAsync(IRunService runs, IAsyncEnumerable<AgentOrder> orders)
    {
        await foreach (var order in orders)
        {
            told.Writer.TryWrite(order);
            if (await RespondAsync(runs, order) is Answer.Received { Receipt: var receipt })
                Receipts[(order.Run, receipt.Round)] = receipt;
        }
    }

    private async Task<Answer?> RespondAsync(IRunService runs, AgentOrder order) => order.Assignment switch
    {
        Assignment.Invitation invited when Holds != RoundStage.Selecting =>
            await runs.ApplyAsync(order.Run, new RunEvent.AgentJoined(default, id, invited.Round)),
        Assignment.Training training when Holds != RoundStage.Collecting =>
            await runs.ApplyAsync(order.Run, Submission(order.Run, id, training.Round, training.Start)),
        Assignment.Evaluation evaluation when Holds != RoundStage.Evaluating => await runs.ApplyAsync(
            order.Run, new RunEvent.EvaluationDone(default, id, evaluation.Round, [new("accuracy", 0.9)])),
        _ => null,
    };
}
