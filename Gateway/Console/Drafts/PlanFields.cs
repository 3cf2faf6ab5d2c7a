using System.Globalization;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>A plan as it would stand in the form, but for what its start fixes.</summary>
internal static class PlanFields
{
    /// <summary>Texts by the names of their fields.</summary>
    public static Dictionary<string, string> Of(RunPlan plan, IAccountant accountant)
    {
        var (round, policy, optimizer) = (plan.Round, plan.Policy, plan.Round.Optimizer);
        var isAdam = optimizer.Rule == OptimizerRule.Adam;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["data.textColumn"] = round.Task.TextColumn,
            ["data.labelColumn"] = round.Task.LabelColumn ?? "",
            ["data.tokensMax"] = Text(round.Task.TokensMax),
            ["method.period"] = Text(round.Period),
            ["rounds"] = Text(plan.Rounds),
            ["training.localSteps"] = Text(round.LocalSteps),
            ["training.samplingRate"] = Text(round.SamplingRate),
            ["training.optimizer"] = isAdam ? "adam" : "sgd",
            ["training.learningRate"] = Text(optimizer.LearningRate),
            ["training.finalLearningRate"] = Text(optimizer.FinalLearningRate),
            ["training.momentum"] = Text(optimizer.Momentum),
            ["training.secondDecay"] = isAdam ? Text(optimizer.SecondDecay) : "",
            ["training.updateBound"] = Text(round.UpdateBound),
            ["training.gradientNormMax"] = optimizer.GradientNormMax is { } norm ? Text(norm) : "",
            [DraftFields.Privacy] = round.Privacy is null ? DraftFields.NotPrivate : "private",
            ["policy.cohortSize"] = Text(policy.CohortSize),
            ["policy.overSelection"] = Text(policy.OverSelection),
            ["policy.quorum"] = Text(policy.Quorum),
            ["policy.distinctAgentsMin"] = Text(policy.DistinctAgentsMin),
            ["policy.requiredAgents"] = string.Join('\n', policy.RequiredAgents),
            ["policy.selectingSeconds"] = Text(policy.SelectingSeconds),
            ["policy.collectingSeconds"] = Text(policy.CollectingSeconds),
            ["policy.workSeconds"] = Text(policy.WorkSeconds),
            ["policy.evaluatingSeconds"] = Text(policy.EvaluatingSeconds),
            ["policy.workRetriesMax"] = Text(policy.WorkRetriesMax),
            ["policy.missedQuorum.extendSeconds"] = Text(policy.MissedQuorum.ExtendSeconds),
            ["policy.missedQuorum.retriesMax"] = Text(policy.MissedQuorum.RetriesMax),
            ["policy.missedQuorum.lastResort"] = policy.MissedQuorum.LastResort == LastResort.Fail ? "fail" : "pause",
            ["policy.directUploads"] = policy.DirectUploads ? "on" : "",
            ["weights"] = round.WeightMax == 1 ? "equal" : "declared",
            ["weightMax"] = round.WeightMax == 1 ? "" : Text(round.WeightMax),
            ["shards"] = Text(plan.Shards.Count),
        };
        AddSchedule(fields, plan.Schedule);
        if (round.Privacy is { } privacy) AddPrivacy(fields, plan, privacy, accountant);
        return fields;
    }

    /// <summary>A number as a run file has it.</summary>
    public static string Text(double number) =>
        number.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal);

    private static void AddSchedule(Dictionary<string, string> fields, RunSchedule schedule)
    {
        if (schedule is RunSchedule.Manual manual)
        {
            fields["schedule.type"] = "manual";
            fields["schedule.triggerWithinSeconds"] = Text(manual.TriggerWithinSeconds);
        }
        else if (schedule is RunSchedule.Automatic automatic)
        {
            fields["schedule.restSeconds"] = Text(automatic.RestSeconds);
        }
    }

    // A plan has the noise and not the target that it was calibrated to: the noise is the least that keeps it, so the
    // target is what the noise gives, but for the last digits.
    private static void AddPrivacy(
        Dictionary<string, string> fields, RunPlan plan, PrivacyTerms privacy, IAccountant accountant)
    {
        var steps = (long)plan.Rounds * plan.Round.LocalSteps;
        var epsilon = accountant.Epsilon(
            [new MechanismEvent(plan.Round.SamplingRate, privacy.NoiseMultiplier, steps)], privacy.Delta);
        fields["privacy.epsilon"] = epsilon.ToString("G5", CultureInfo.InvariantCulture);
        fields["privacy.delta"] = Text(privacy.Delta);
        fields["privacy.clip"] = Text(privacy.ClipNorm);
    }
}
