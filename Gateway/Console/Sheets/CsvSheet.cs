using System.Buffers;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Sheets as comma-separated values (RFC 4180): a head line, text in quotes where it needs them.</summary>
internal static class CsvSheet
{
    /// <summary>
    /// With these a spreadsheet takes a cell for a formula, also behind white space and in their full-width forms.
    /// </summary>
    private const string FormulaSigns = "=+-@\uFF1D\uFF0B\uFF0D\uFF20";

    private static readonly SearchValues<char> Special = SearchValues.Create(",;\"\t\r\n");

    /// <summary>Writes rows as they come.</summary>
    public static async Task WriteAsync(
        IReadOnlyList<SheetColumn> columns, IAsyncEnumerable<IReadOnlyList<object?>> rows, TextWriter target,
        CancellationToken cancellationToken)
    {
        await target.WriteAsync($"{string.Join(',', columns.Select(column => Cell(column.Name)))}\r\n");
        await foreach (var row in rows.WithCancellation(cancellationToken))
            await target.WriteAsync($"{string.Join(',', row.Select(Cell))}\r\n");
    }

    /// <summary>
    /// A cell. Text that a spreadsheet would take for a formula gets an apostrophe before it, for some of it comes from
    /// agents, and whoever opens the file must not run what they wrote. Numbers stay numbers.
    /// </summary>
    public static string Cell(object? cell)
    {
        var text = SheetText.Of(cell);
        return cell is string ? Quoted(IsFormula(text) ? $"'{text}" : text) : text;
    }

    private static bool IsFormula(string text) =>
        text is ['\t' or '\r' or '\n', ..] || (text.TrimStart() is [var first, ..] && FormulaSigns.Contains(first));

    private static string Quoted(string text) => !text.AsSpan().ContainsAny(Special)
        ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
