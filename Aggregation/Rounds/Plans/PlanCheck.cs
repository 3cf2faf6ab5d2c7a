using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>Whether a plan suits the round that it starts from.</summary>
public static class PlanCheck
{
    /// <summary>All that is wrong with the plan itself, and whether any of its rounds come after the start.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="startRound">Rounds done already; 0, or a fork's.</param>
    public static ValueList<string> Problems(RunPlan plan, int startRound)
    {
        var problems = plan.Problems();
        if (startRound < 0 || startRound >= plan.Rounds)
        {
            problems = problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"the start round is {startRound}; it must lie between 0 and {plan.Rounds - 1}"));
        }

        return problems;
    }
}
