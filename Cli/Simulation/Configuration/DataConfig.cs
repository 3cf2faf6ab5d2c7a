using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>
/// Texts in a table with a header line; tab-separated, gzip-compressed if the name ends in .gz. Each is one example.
/// </summary>
public sealed record DataConfig
{
    /// <summary>What is learnt of a text.</summary>
    public TaskKind Task { get; init; }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Column of the text.</summary>
    public required string TextColumn { get; init; }

    /// <summary>
    /// Column of the label; null in next-token training, which reads labels for a Dirichlet split only.
    /// </summary>
    public required string? LabelColumn { get; init; }

    /// <summary>
    /// The labels that texts may have, or null for those that stand in the table, whatever the split.
    /// </summary>
    public LabelSet? Labels { get; init; }

    /// <summary>Column that says which split an example belongs to.</summary>
    public required string SplitColumn { get; init; }

    /// <summary>Its value for training examples.</summary>
    public required string TrainSplit { get; init; }

    /// <summary>Its value for test examples.</summary>
    public required string TestSplit { get; init; }

    /// <summary>Column of the client for natural splits, or null.</summary>
    public required string? ClientColumn { get; init; }

    /// <summary>
    /// Column of a stable name for each example, or null. One client can be split by its hash, and in a private run no
    /// name may come twice.
    /// </summary>
    public required string? IdColumn { get; init; }

    /// <summary>Longest example in tokens, frame tokens included; longer texts are cut.</summary>
    public required int TokensMax { get; init; }
}
