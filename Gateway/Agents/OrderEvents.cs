using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Gateway.Agents;

/// <summary>Orders as they travel.</summary>
internal static class OrderEvents
{
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> OfAsync(
        IAsyncEnumerable<AgentOrder> orders, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var order in orders.WithCancellation(cancellationToken))
            yield return JsonSerializer.SerializeToUtf8Bytes(Message(order), WireJson.Default.OrderMessage);
    }

    private static OrderMessage Message(AgentOrder order) => order.Assignment switch
    {
        Assignment.Idle => new(order.Run, OrderKind.Idle, Round: null, Checkpoint: null),
        Assignment.Invitation asked => new(order.Run, OrderKind.Invitation, asked.Round.ToString(), asked.Start),
        Assignment.StandBy asked => new(order.Run, OrderKind.StandBy, asked.Round.ToString(), Checkpoint: null),
        Assignment.Training asked => new(order.Run, OrderKind.Training, asked.Round.ToString(), asked.Start),
        Assignment.Evaluation asked => new(order.Run, OrderKind.Evaluation, asked.Round.ToString(), asked.Checkpoint),
        _ => throw new UnreachableException(order.Assignment.GetType().Name),
    };
}
