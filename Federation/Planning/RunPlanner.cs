using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Federation.Planning;

/// <summary>Turns a run file into a plan.</summary>
public static class RunPlanner
{
    /// <summary>The plan, with the least noise that keeps the privacy target.</summary>
    /// <param name="config">The file.</param>
    /// <param name="baseModel">Hash of the base model.</param>
    /// <param name="start">Shape of the adapter that the run starts from.</param>
    /// <param name="accountant">Calibrates the noise.</param>
    /// <exception cref="ConfigException">The target cannot be kept, or the plan is out of its limits.</exception>
    public static RunPlan Plan(RunConfig config, BlobHash baseModel, AdapterShape start, IAccountant accountant)
    {
        var round = new RoundPlan
        {
            Method = config.Method.Name,
            Period = config.Method.Period,
            BaseModel = baseModel,
            BaseFormat = config.BaseFormat,
            Task = new TaskPlan(
                config.Task, config.TextColumn, config.LabelColumn, (config.Labels ?? []).ToValueList(),
                config.TokensMax),
            LocalSteps = config.Training.LocalSteps,
            SamplingRate = config.Training.SamplingRate!.Value,
            Optimizer = Optimizer(config.Training),
            UpdateBound = config.Training.UpdateBound,
            WeightMax = config.WeightMax,
            UpdateBytesMax = 1,
            Privacy = PrivacyOf(config, accountant),
        };
        var plan = new RunPlan(
            config.Rounds, round, config.Policy, config.Schedule, ShardSplit.Of(start, config.Shards));
        Require(config, plan);
        return plan with { Round = round with { UpdateBytesMax = UpdateBytes(plan, start) } };
    }

    /// <summary>The least noise that keeps the privacy target; null for a run that is not private.</summary>
    /// <exception cref="ConfigException">The target cannot be kept.</exception>
    public static PrivacyTerms? PrivacyOf(RunConfig config, IAccountant accountant) =>
        config.Privacy is null ? null : Calibrate(config, config.Privacy, accountant);

    /// <summary>
    /// Every round at the declared rate with all its steps: whoever takes part in all of them spends the target, and
    /// nobody more. Attempts beyond, after a rollback or a loss, are for each owner's own ledger to allow or refuse.
    /// </summary>
    private static PrivacyTerms Calibrate(RunConfig config, PrivacyConfig privacy, IAccountant accountant)
    {
        try
        {
            var sigma = NoiseCalibration.NoiseFor(
                new PrivacyTarget(privacy.Epsilon, privacy.Delta),
                new SamplingRate(config.Training.SamplingRate!.Value),
                (long)config.Rounds * config.Training.LocalSteps,
                accountant);
            return new PrivacyTerms(sigma.Value, privacy.Clip, privacy.Delta);
        }
        catch (ArgumentException e)
        {
            var fault = new ConfigError("privacy.epsilon", $"is {privacy.Epsilon}: {ConfigException.TextOf(e)}");
            throw new ConfigException(config.Source, [fault]);
        }
    }

    private static OptimizerPlan Optimizer(TrainingConfig training) => new(
        training.Optimizer, training.LearningRate, training.FinalLearningRate, training.Momentum, training.SecondDecay,
        double.IsFinite(training.GradientNormMax) ? training.GradientNormMax : null);

    /// <summary>The largest update: a method trains the same tensors in all rounds, or two sets in turn.</summary>
    private static long UpdateBytes(RunPlan plan, AdapterShape start)
    {
        var second = Math.Min(plan.Round.Period + 1, plan.Rounds);
        return Math.Max(
            UpdateForm.Of(plan.Round, 1, start).Bytes, UpdateForm.Of(plan.Round, second, start).Bytes);
    }

    private static void Require(RunConfig config, RunPlan plan)
    {
        var problems = plan.Problems();
        if (problems.Count > 0)
            throw new ConfigException(config.Source, problems.Select(problem => new ConfigError("", problem)));
    }
}
