using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>What an evaluator says: figures from texts that its owner has declared public.</summary>
internal sealed class EvaluationChannel(ServerSession session, RoundRef round)
{
    private string Address => Routes.Agent.Round(round.Run, round.Round) + "/evaluation";

    /// <summary>The checkpoint is measured.</summary>
    public Task SendAsync(ValueList<Metric> metrics, CancellationToken cancellation) => session.Link.SendAsync(
        HttpMethod.Post, Address, new(Metrics: metrics), WireJson.Default.RoundMessage, cancellation);

    /// <summary>It will not be.</summary>
    public Task DeclineAsync(DeclineReason reason, CancellationToken cancellation) => session.Link.SendAsync(
        HttpMethod.Post, Address + "/decline", new(Declined: reason), WireJson.Default.RoundMessage, cancellation);
}
