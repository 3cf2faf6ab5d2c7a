using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation;
using FedLowRank.Gateway.Charts;
using Spectre.Console;

namespace FedLowRank.Cli.Commands;

/// <summary>Qualities side by side.</summary>
internal static class QualityTable
{
    public static void Write(
        IAnsiConsole console, TaskKind task, SimulationData data, IEnumerable<QualityRow> rows)
    {
        var figures = TaskFigures.Of(task);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("");
        foreach (var title in (string[])[.. figures.Brief.Select(figure => figure.InText), "epsilon"])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var row in rows.Prepend(new QualityRow(figures.BaselineName, data.Baseline)))
        {
            table.AddRow(
            [
                Spectre.Console.Markup.Escape(row.Name),
                .. figures.Brief.Select(figure => figure.Text(row.Quality)),
                row.Epsilon is { } epsilon ? Figures.Epsilon(epsilon) : "none",
            ]);
        }

        console.Write(table);
    }
}
