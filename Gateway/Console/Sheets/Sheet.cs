namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Figures in rows, from which the table of a page and the files to download are made alike.</summary>
/// <param name="Columns">In order.</param>
/// <param name="Rows">
/// As many cells as columns: text, int, long, double, bool, a time, or null where there is no value.
/// </param>
public sealed record Sheet(IReadOnlyList<SheetColumn> Columns, IEnumerable<IReadOnlyList<object?>> Rows)
{
    /// <summary>Where a page has no room for all rows, it shows the last and not the first.</summary>
    public bool IsGrowing { get; init; }
}

/// <summary>A column.</summary>
/// <param name="Name">In files.</param>
/// <param name="Title">On pages.</param>
/// <param name="Words">How a page writes a value; null writes it in full.</param>
public sealed record SheetColumn(string Name, string Title, Func<object, string>? Words = null);
