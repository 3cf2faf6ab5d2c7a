using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>Which rows of which table.</summary>
internal sealed record DataPolicy
{
    /// <summary>The table, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>Column of the text; null for the plan's.</summary>
    public required string? TextColumn { get; init; }

    /// <summary>Column of the label; null for the plan's.</summary>
    public required string? LabelColumn { get; init; }

    /// <summary>Column of what identifies a text; null where none does: then rows count as different texts.</summary>
    public required string? IdColumn { get; init; }

    /// <summary>Column of the split; null where the whole table is meant.</summary>
    public required string? SplitColumn { get; init; }

    /// <summary>The split that is meant; null exactly where there is no column for it.</summary>
    public required string? Split { get; init; }

    /// <summary>Column of who holds a row; null where nothing is filtered.</summary>
    public required string? ClientColumn { get; init; }

    /// <summary>A client that is divided before the filter, into <c>client-1</c> and so on; or null.</summary>
    public required ClientParts? SplitClient { get; init; }

    /// <summary>Whose rows are meant; null for everybody's.</summary>
    public required ValueList<string>? Clients { get; init; }
}

/// <summary>One client as several; see <see cref="Training.Data.ClientSplits.DivideClient"/>.</summary>
internal sealed record ClientParts(string Name, int Parts);
