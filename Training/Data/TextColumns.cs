namespace FedLowRank.Training.Data;

/// <summary>Names of the columns to read, as the header spells them. Null: the table has no such column.</summary>
public sealed record TextColumns
{
    /// <summary>Column of <see cref="TextRow.Id"/>.</summary>
    public string? Id { get; init; } = "id";

    /// <summary>Column of <see cref="TextRow.Text"/>.</summary>
    public string Text { get; init; } = "text";

    /// <summary>Column of <see cref="TextRow.Label"/>.</summary>
    public string? Label { get; init; } = "label";

    /// <summary>Column of <see cref="TextRow.Split"/>.</summary>
    public string? Split { get; init; } = "split";

    /// <summary>Column of <see cref="TextRow.Client"/>.</summary>
    public string? Client { get; init; } = "client";
}
