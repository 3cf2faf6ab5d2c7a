using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Gateway.Charts;

namespace FedLowRank.Cli.Reports;

/// <summary>What tells how well a task was learnt: the same figures in every table, chart and file.</summary>
internal sealed class TaskFigures
{
    /// <summary>The loss, which every task has.</summary>
    public static readonly QualityFigure Loss = new("Loss", "loss", quality => quality.Loss, Figures.Loss);

    private static readonly QualityFigure Accuracy =
        new("Accuracy", "accuracy", quality => quality.Accuracy, Figures.Percent);

    private static readonly QualityFigure MacroF1 =
        new("Macro-F1", "macro_f1", quality => quality.MacroF1, Figures.Percent);

    private static readonly QualityFigure Perplexity =
        new("Perplexity", "perplexity", quality => quality.Perplexity, Figures.Perplexity);

    private static readonly TaskFigures Classification = new()
    {
        All = [Accuracy, MacroF1, Loss],
        Brief = [Accuracy, MacroF1],
        HeadlineMeaning = "Share of the test examples answered rightly.",
        LossMeaning = "Mean cross-entropy on the test examples, in nats",
        IsShare = true,
        BaselineName = "majority class",
        Baseline = arm => arm.MajorityAccuracy,
    };

    private static readonly TaskFigures NextToken = new()
    {
        All = [Perplexity, Loss],
        Brief = [Perplexity, Loss],
        HeadlineMeaning = "Among how many equally likely tokens the model would be as uncertain of the next one of the "
            + "test texts: exp of the loss; less is better. Unigram: from the test texts' own token frequencies alone.",
        LossMeaning = "Mean cross-entropy of the tokens of the test texts, in nats",
        IsShare = false,
        BaselineName = "unigram",
        Baseline = arm => arm.UnigramPerplexity,
    };

    /// <summary>All figures; the first stands for the others too.</summary>
    public required IReadOnlyList<QualityFigure> All { get; init; }

    /// <summary>Those of a short table.</summary>
    public required IReadOnlyList<QualityFigure> Brief { get; init; }

    /// <summary>The figure that stands for all.</summary>
    public QualityFigure Headline => All[0];

    /// <summary>What the headline figure says, in sentences.</summary>
    public required string HeadlineMeaning { get; init; }

    /// <summary>What the loss is, without a full stop.</summary>
    public required string LossMeaning { get; init; }

    /// <summary>True where the headline figure is a share of 1.</summary>
    public required bool IsShare { get; init; }

    /// <summary>What answers alike to every text, for comparison.</summary>
    public required string BaselineName { get; init; }

    /// <summary>The headline figure of that.</summary>
    public required Func<SimulationResult, double?> Baseline { get; init; }

    /// <summary>The figures of a task.</summary>
    public static TaskFigures Of(TaskKind task) => task switch
    {
        TaskKind.Classification => Classification,
        TaskKind.NextToken => NextToken,
        _ => throw new UnreachableException($"no figures for {task}"),
    };

    /// <summary>The figures of the task that all arms have.</summary>
    /// <exception cref="ArgumentException">There is no arm, or their tasks differ.</exception>
    public static TaskFigures Of(IReadOnlyList<SimulationResult> arms)
    {
        if (arms.Count == 0)
        {
            throw new ArgumentException("a report needs at least one arm", nameof(arms));
        }

        return arms.FirstOrDefault(arm => arm.Task != arms[0].Task) is { } other
            ? throw new ArgumentException(
                $"{other.Name} has task {other.Task}, {arms[0].Name} has {arms[0].Task}; they cannot be compared",
                nameof(arms))
            : Of(arms[0].Task);
    }
}
