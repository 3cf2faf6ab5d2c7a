using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Work;

/// <summary>What each order makes the agent do.</summary>
internal sealed class OrderHandler
{
    private readonly AgentParts parts;
    private readonly Settling settling;
    private readonly TrainingWork training;
    private readonly EvaluationWork evaluation;

    public OrderHandler(AgentParts parts)
    {
        this.parts = parts;
        settling = new(parts);
        training = new(parts, settling);
        evaluation = new(parts);
    }

    /// <summary>Ends with the server what an earlier life of the agent left open.</summary>
    public async Task ResumeAsync(IReadOnlyList<RoundRef> rounds, CancellationToken stop)
    {
        foreach (var round in rounds)
        {
            try
            {
                await settling.ResumeAsync(round, stop);
            }
            catch (LedgerException error)
            {
                parts.Log.Fail(AgentErrorKind.Ledger, round, $"{error}");
            }
        }
    }

    /// <summary>Carries out an order.</summary>
    /// <param name="order">From the server; untrusted.</param>
    /// <param name="cancellation">Another order of the run has come, or the owner stops the agent.</param>
    /// <param name="stop">The owner stops the agent.</param>
    public async Task HandleAsync(OrderMessage order, CancellationToken cancellation, CancellationToken stop)
    {
        if (order.Kind == OrderKind.Idle)
        {
            parts.Bench.Release(order.Run);
            return;
        }

        if (RoundRef.ParseRound(order.Round) is not { } id)
        {
            parts.Log.Warn($"{order.Run}: an order of the server names no round; it is not followed");
            return;
        }

        var round = new RoundRef(order.Run, id);
        switch (order.Kind, order.Checkpoint)
        {
            case (OrderKind.StandBy, _):
                return;
            case (OrderKind.Invitation, { }):
                await AnswerAsync(round, cancellation);
                return;
            case (OrderKind.Training, { } start):
                await training.RunAsync(round, start, cancellation, stop);
                return;
            case (OrderKind.Evaluation, { } checkpoint):
                await evaluation.RunAsync(round, checkpoint, cancellation);
                return;
            case (OrderKind.Invitation or OrderKind.Training or OrderKind.Evaluation, null):
                parts.Log.Warn($"{round}: an order of the server names no checkpoint; it is not followed");
                return;
            default:
                throw new UnreachableException($"unknown order {order.Kind}");
        }
    }

    private async Task AnswerAsync(RoundRef round, CancellationToken cancellation)
    {
        try
        {
            if (await ObjectionAsync(round, cancellation) is { } objection)
            {
                parts.Bench.Release(round.Run);
                await training.DeclineAsync(round, objection, cancellation);
                return;
            }

            await parts.Backoff().UntilAnsweredAsync(
                async () =>
                {
                    await parts.ChannelOf(round).JoinAsync(cancellation);
                    return true;
                },
                cancellation);
            parts.Log.Say($"{round}: joined");
        }
        catch (RefusedException refused)
        {
            parts.Bench.Release(round.Run);
            parts.Log.Warn($"{round}: {refused}");
        }
    }

    private async Task<Objection?> ObjectionAsync(RoundRef round, CancellationToken cancellation)
    {
        if (parts.Bench.IsTaken || !parts.Bench.TryPromise(round.Run))
            return new(DeclineReason.Busy, "this agent works on another run");
        using var place = await parts.Bench.EnterAsync(cancellation);
        try
        {
            var plan = await parts.Backoff().UntilAnsweredAsync(
                () => parts.Channel.PlanAsync(round.Run, cancellation), cancellation);
            var verdict = await Task.Run(
                () => parts.Admission.ForTraining(round.Run, plan, cancellation), cancellation);
            return (verdict as Verdict.Declined)?.Objection;
        }
        catch (UnknownPlanException error)
        {
            return new(DeclineReason.Other, error.Message);
        }
    }
}
