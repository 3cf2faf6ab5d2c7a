using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>
/// What is learnt of which texts. Public: every agent maps its own data to it, and refuses the run where it cannot,
/// before it spends any budget.
/// </summary>
/// <param name="Kind">The task.</param>
/// <param name="TextColumn">The column with the text, where an agent's owner names no other.</param>
/// <param name="LabelColumn">The column with the label, likewise; null in next-token training.</param>
/// <param name="Labels">All labels that a text may have, in ordinal order; none in next-token training.</param>
/// <param name="TokensMax">Longest example in tokens, frame tokens included; longer texts are cut.</param>
public sealed record TaskPlan(
    TaskKind Kind, string TextColumn, string? LabelColumn, ValueList<string> Labels, int TokensMax)
{
    /// <summary>Most labels.</summary>
    public const int LabelsMax = 10_000;

    /// <summary>Longest label or name of a column, in characters.</summary>
    public const int NameMax = 256;

    /// <summary>Most tokens of an example.</summary>
    public const int TokensLimit = 1 << 20;

    internal void AddProblems(PlanProblems problems)
    {
        AddName(problems, "task.textColumn", TextColumn);
        problems.Range("task.tokensMax", TokensMax, 1, TokensLimit);
        if (Kind == TaskKind.NextToken)
        {
            problems.Range("number of task.labels in next-token training", Labels.Count, 0, 0);
            if (LabelColumn is not null) problems.Add("task.labelColumn is given; next-token training has no labels");
            return;
        }

        AddName(problems, "task.labelColumn", LabelColumn ?? "");
        problems.Range("number of task.labels", Labels.Count, 2, LabelsMax);
        foreach (var label in Labels) AddName(problems, "a label", label);
        for (var i = 1; i < Labels.Count; i++)
        {
            if (string.CompareOrdinal(Labels[i - 1], Labels[i]) < 0) continue;
            problems.Add($"label '{Labels[i]}' follows '{Labels[i - 1]}'; each must come once, in ordinal order");
            return;
        }
    }

    private static void AddName(PlanProblems problems, string field, string name)
    {
        if (name.Length is > 0 and <= NameMax) return;
        problems.Add(string.Create(
            CultureInfo.InvariantCulture, $"{field} has {name.Length} characters; it must have 1 to {NameMax}"));
    }
}
