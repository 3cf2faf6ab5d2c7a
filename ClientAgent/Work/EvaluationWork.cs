using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Training.Local;

namespace FedLowRank.ClientAgent.Work;

/// <summary>Measures a checkpoint on the texts that the owner has declared public.</summary>
internal sealed class EvaluationWork(AgentParts parts)
{
    /// <summary>Measures and tells, or declines.</summary>
    public async Task RunAsync(RoundRef round, BlobHash checkpoint, CancellationToken cancellation)
    {
        var channel = new EvaluationChannel(parts.Session, round);
        try
        {
            using var place = await parts.Bench.EnterAsync(cancellation);
            var result = await MeasureAsync(round, checkpoint, cancellation);
            if (result.Objection is { } objection)
            {
                await DeclineAsync(channel, round, objection, cancellation);
                return;
            }

            await TellAsync(() => channel.SendAsync(result.Metrics, cancellation), cancellation);
            parts.Log.Say($"{round}: measured: {string.Join(", ", result.Metrics.Select(
                metric => FormattableString.Invariant($"{metric.Name} {metric.Value:0.####}")))}");
        }
        catch (RefusedException refused)
        {
            parts.Log.Warn($"{round}: {refused}");
        }
        catch (Exception error) when (error is CheckpointException || Admission.ReasonOf(error) is not null)
        {
            await DeclineAsync(
                channel, round, new(Admission.ReasonOf(error) ?? DeclineReason.Other, Admission.WhyOf(error)),
                cancellation);
        }
    }

    private async Task<(ValueList<Metric> Metrics, Objection? Objection)> MeasureAsync(
        RoundRef round, BlobHash checkpoint, CancellationToken cancellation)
    {
        var backoff = parts.Backoff();
        var plan = await backoff.UntilAnsweredAsync(
            () => parts.Channel.PlanAsync(round.Run, cancellation), cancellation);
        var verdict = parts.Admission.ForEvaluation(round.Run, plan, cancellation);
        if (verdict is not Verdict.Admitted admitted) return ([], ((Verdict.Declined)verdict).Objection);
        var fetch = new CheckpointFetch(parts.Folder, parts.Channel);
        var adapter = await backoff.UntilAnsweredAsync(
            () => fetch.AdapterAsync(round.Run, checkpoint, parts.Session.Identity.Authority, cancellation),
            cancellation);
        parts.Log.Say($"{round}: measures checkpoint {checkpoint}");
        var metrics = await Task.Run(() => Measure(plan.Round.Task, admitted, adapter, cancellation), cancellation);
        return metrics.All(metric => double.IsFinite(metric.Value))
            ? (metrics, null)
            : ([], new(DeclineReason.Other, "the checkpoint's quality is not finite"));
    }

    private static ValueList<Metric> Measure(
        TaskPlan task, Verdict.Admitted admitted, Adapter adapter, CancellationToken cancellation)
    {
        var engine = admitted.Model.Engine;
        engine.Load(adapter, new TensorLayout([]));
        if (task.Kind == TaskKind.NextToken)
        {
            var tokens = Evaluator.MeasureTokens(engine, [], admitted.Examples.Span, cancellation);
            return [new("loss", tokens.Loss), new("perplexity", tokens.Perplexity)];
        }

        var quality = Evaluator.Measure(engine, [], admitted.Examples.Span, task.Labels.Count, cancellation);
        return [new("accuracy", quality.Accuracy), new("macro-f1", quality.MacroF1), new("loss", quality.Loss)];
    }

    private async Task DeclineAsync(
        EvaluationChannel channel, RoundRef round, Objection objection, CancellationToken cancellation)
    {
        parts.Log.Decline(round, objection, $"{round}: evaluation declined ({objection.Reason}): {objection.Why}");
        try
        {
            await TellAsync(() => channel.DeclineAsync(objection.Reason, cancellation), cancellation);
        }
        catch (RefusedException refused)
        {
            parts.Log.Warn($"{round}: {refused}");
        }
    }

    private Task<bool> TellAsync(Func<Task> message, CancellationToken cancellation) =>
        parts.Backoff().UntilAnsweredAsync(
            async () =>
            {
                await message();
                return true;
            },
            cancellation);
}
