using FedLowRank.Cli.Reports;
using Spectre.Console;

namespace FedLowRank.Cli.Commands;

/// <summary>Qualities side by side.</summary>
internal static class QualityTable
{
    public static void Write(IAnsiConsole console, IEnumerable<QualityRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("");
        foreach (var title in (string[])["accuracy", "macro-F1", "epsilon"])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var row in rows)
        {
            table.AddRow(
                Spectre.Console.Markup.Escape(row.Name),
                Figures.Percent(row.Accuracy),
                Figures.Percent(row.MacroF1),
                row.Epsilon is { } epsilon ? Figures.Epsilon(epsilon) : "none");
        }

        console.Write(table);
    }
}
