using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>Which of the owner's rules a plan breaks.</summary>
internal static class PolicyCheck
{
    /// <summary>All of them; none for a plan that is allowed now.</summary>
    /// <param name="policy">The owner's.</param>
    /// <param name="run">The run.</param>
    /// <param name="plan">The server's; untrusted.</param>
    /// <param name="localNow">Local time.</param>
    public static IEnumerable<Objection> Objections(
        AgentPolicy policy, RunId run, RunPlan plan, DateTimeOffset localNow)
    {
        foreach (var objection in WhatFor(policy, run, plan)) yield return objection;
        foreach (var objection in Terms(policy, plan.Round)) yield return objection;
        if (policy.Hours.Count > 0 && !policy.Hours.Any(window => window.Includes(localNow)))
        {
            yield return new(
                DeclineReason.Busy,
                $"hours allows rounds at {string.Join(", ", policy.Hours)}, and it is {Local(localNow)}");
        }
    }

    /// <summary>Those that hold for an evaluator too.</summary>
    public static IEnumerable<Objection> WhatFor(AgentPolicy policy, RunId run, RunPlan plan)
    {
        var problems = plan.Problems();
        if (problems.Count > 0) yield return No($"the plan itself is wrong: {string.Join("; ", problems)}");
        if (policy.Runs is { } runs && !runs.Contains("*") && !runs.Contains(run.Value))
        {
            yield return No(
                runs.Count == 0 ? "runs allows none yet: name them in the policy" : $"runs does not name {run}");
        }

        if (policy.BaseModels is { } models && !models.Contains(plan.Round.BaseModel))
            yield return No($"baseModels does not name {plan.Round.BaseModel}");
    }

    private static IEnumerable<Objection> Terms(AgentPolicy policy, RoundPlan plan)
    {
        var limits = policy.Limits;
        if (plan.SamplingRate > limits.SamplingRateMax)
            yield return Above("samplingRate", plan.SamplingRate, "samplingRateMax", limits.SamplingRateMax);
        if (plan.LocalSteps > limits.LocalStepsMax)
            yield return Above("localSteps", plan.LocalSteps, "localStepsMax", limits.LocalStepsMax);
        if (plan.Privacy is not { } privacy)
        {
            if (policy.PrivateOnly) yield return No("the run is not private, and privateOnly is true");
            yield break;
        }

        if (privacy.NoiseMultiplier < limits.NoiseMultiplierMin)
        {
            yield return Below(
                "noiseMultiplier", privacy.NoiseMultiplier, "noiseMultiplierMin", limits.NoiseMultiplierMin);
        }

        if (privacy.NoiseMultiplier > NoiseMultiplier.Max)
            yield return Above("noiseMultiplier", privacy.NoiseMultiplier, "the largest", NoiseMultiplier.Max);
        if (privacy.ClipNorm < limits.ClipMin)
            yield return Below("clipNorm", privacy.ClipNorm, "clipMin", limits.ClipMin);
        if (privacy.ClipNorm > limits.ClipMax)
            yield return Above("clipNorm", privacy.ClipNorm, "clipMax", limits.ClipMax);
        if (policy.Budget is null) yield return No("the run is private, and the policy has no budget");
    }

    private static Objection No(string why) => new(DeclineReason.Policy, why);

    private static Objection Above(string field, double value, string rule, double limit) => No(string.Create(
        CultureInfo.InvariantCulture, $"the plan's {field} is {value}, above {rule}, {limit}"));

    private static Objection Below(string field, double value, string rule, double limit) => No(string.Create(
        CultureInfo.InvariantCulture, $"the plan's {field} is {value}, below {rule}, {limit}"));

    private static string Local(DateTimeOffset time) => time.ToString("ddd HH:mm", CultureInfo.InvariantCulture);
}
