using Spectre.Console;

namespace FedLowRank.Cli.Verbs;

/// <summary>Tables and lines of one look; all text is taken as it is, never as markup.</summary>
internal static class Tables
{
    /// <summary>A table without rows.</summary>
    public static Table New(params IEnumerable<string> columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column)));
        return table;
    }

    /// <summary>Adds a row.</summary>
    public static void AddCells(this Table table, params IEnumerable<string> cells) =>
        table.AddRow(cells.Select(cell => new Text(Printable.Of(cell))));

    /// <summary>Writes a table, or a sentence in place of an empty one.</summary>
    public static void WriteTable(this IAnsiConsole console, Table table, string ifEmpty)
    {
        if (table.Rows.Count > 0) console.Write(table);
        else console.Say(ifEmpty);
    }

    /// <summary>Writes a line, which a narrow terminal may break but nothing else does.</summary>
    public static void Say(this IAnsiConsole console, string line) =>
        console.Profile.Out.Writer.WriteLine(Printable.Of(line));
}
