namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>
/// Labelled texts in a table with a header line; tab-separated, gzip-compressed if the name ends in .gz.
/// </summary>
public sealed record DataConfig
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Column of the text.</summary>
    public required string TextColumn { get; init; }

    /// <summary>Column of the label.</summary>
    public required string LabelColumn { get; init; }

    /// <summary>Column that says which split an example belongs to.</summary>
    public required string SplitColumn { get; init; }

    /// <summary>Its value for training examples.</summary>
    public required string TrainSplit { get; init; }

    /// <summary>Its value for test examples.</summary>
    public required string TestSplit { get; init; }

    /// <summary>Column of the client for natural splits, or null.</summary>
    public required string? ClientColumn { get; init; }

    /// <summary>Column of a stable name for each example, by whose hash one client is split, or null.</summary>
    public required string? IdColumn { get; init; }

    /// <summary>Longest example in tokens, frame tokens included; longer texts are cut.</summary>
    public required int TokensMax { get; init; }
}
