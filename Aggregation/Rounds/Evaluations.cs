using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>
/// Asks every connected evaluator and takes the first answer. The checkpoint stands already, so its hash does not
/// depend on whether anybody measured it.
/// </summary>
internal static class Evaluations
{
    private const int MetricsMax = 64;
    private const int NameMax = 64;

    public static RunState Begin(RunState state, RoundState round, BlobHash checkpoint)
    {
        var deadline = state.DeadlineIn(state.Plan.Policy.EvaluatingSeconds);
        return Lifecycle.Enter(state, round, new RoundPhase.Evaluating(deadline, checkpoint, []));
    }

    public static RunState Advance(RunState state, RoundState round, RoundPhase.Evaluating phase)
    {
        var asked = Ask(state, phase.Asked);
        if (asked.Count > phase.Asked.Count)
            return state.WithRound(round with { Phase = phase with { Asked = asked } });
        if (asked.Count == 0) return Skip(state, round, phase, SkipReason.NoEvaluator);
        if (asked.All(evaluator => evaluator.HasDeclined)) return Skip(state, round, phase, SkipReason.Declined);
        return Settling.IsDue(state, phase.Deadline) ? Skip(state, round, phase, SkipReason.DeadlinePassed) : state;
    }

    public static Step Done(RunState state, RunEvent.EvaluationDone done)
    {
        if (Evaluating(state, done.Round) is not var (round, phase)) return NotInProgress(state, done);
        if (Find(phase.Asked, done.Agent) < 0) return Step.Refuse(state, new Refusal.NotAsked(done.Agent, done.Round));
        return Check(done.Metrics) is { } malformed
            ? Step.Refuse(state, malformed)
            : Step.Done(Lifecycle.Complete(
                state, round, phase.Checkpoint, new Evaluation.Measured(done.Agent, done.Metrics)));
    }

    public static Step Declined(RunState state, RunEvent.EvaluationDeclined declined)
    {
        if (Evaluating(state, declined.Round) is not var (round, phase))
            return Step.Refuse(state, new Refusal.Stale(declined.Round, state.Round?.Id));
        var index = Find(phase.Asked, declined.Agent);
        if (index < 0) return Step.Refuse(state, new Refusal.NotAsked(declined.Agent, declined.Round));
        if (phase.Asked[index].HasDeclined) return Step.Ignore(state);
        var asked = phase.Asked.With(index, phase.Asked[index] with { HasDeclined = true });
        return Step.Done(state.WithRound(round with { Phase = phase with { Asked = asked } }));
    }

    public static int Find(ValueList<AskedEvaluator> asked, AgentId agent) =>
        asked.Find(agent, evaluator => evaluator.Agent);

    private static ValueList<AskedEvaluator> Ask(RunState state, ValueList<AskedEvaluator> asked)
    {
        foreach (var seat in state.Agents.Where(seat => seat.Role == AgentRole.Evaluator))
        {
            var index = Find(asked, seat.Agent);
            if (index < 0) asked = asked.Insert(~index, new(seat.Agent, HasDeclined: false));
        }

        return asked;
    }

    private static RunState Skip(RunState state, RoundState round, RoundPhase.Evaluating phase, SkipReason reason) =>
        Lifecycle.Complete(state, round, phase.Checkpoint, new Evaluation.Skipped(reason));

    private static Step NotInProgress(RunState state, RunEvent.EvaluationDone done)
    {
        var answer = new Evaluation.Measured(done.Agent, done.Metrics);
        var report = state.History.FirstOrDefault(report => report.Id == done.Round);
        var isRepeat = report?.Result is RoundResult.Completed completed && completed.Evaluation == answer;
        return isRepeat ? Step.Ignore(state) : Step.Refuse(state, new Refusal.Stale(done.Round, state.Round?.Id));
    }

    private static (RoundState Round, RoundPhase.Evaluating Phase)? Evaluating(RunState state, RoundId id) =>
        state.Round is { Phase: RoundPhase.Evaluating phase } round && round.Id == id ? (round, phase) : null;

    private static Refusal.Malformed? Check(ValueList<Metric> metrics)
    {
        if (metrics.Count is 0 or > MetricsMax)
        {
            return new("number of metrics", metrics.Count.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"between 1 and {MetricsMax}"));
        }

        foreach (var metric in metrics)
        {
            if (metric.Name.Length is 0 or > NameMax)
            {
                var given = metric.Name[..Math.Min(metric.Name.Length, NameMax)];
                return new("a metric's name", $"'{given}'", $"1 to {NameMax} characters");
            }

            if (!double.IsFinite(metric.Value))
                return new(metric.Name, metric.Value.ToString(CultureInfo.InvariantCulture), "finite");
        }

        return null;
    }
}
