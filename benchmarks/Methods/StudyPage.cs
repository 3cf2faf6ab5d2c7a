using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// Brings tables and figures of <c>docs/methods.md</c> up to date with the results; the words stay.
/// What a frozen output layer comes to is in the tables alone: it lies too far from all others for a drawing.
/// </summary>
internal static class StudyPage
{
    private static readonly string Path = RepositoryFiles.Path("docs", "methods.md");

    public static void Write(IReadOnlyCollection<StudyResult> results)
    {
        var tables = new StudyTables(results);
        File.WriteAllText(Path, With(File.ReadAllText(Path), tables.All));
        foreach (var (name, optimizer, epsilon) in (ReadOnlySpan<(string, OptimizerRule, double)>)
            [("sgd-6", OptimizerRule.Sgd, 6), ("sgd-3", OptimizerRule.Sgd, 3), ("adam-6", OptimizerRule.Adam, 6)])
        {
            var rows = tables.Variants(optimizer, epsilon)
                .Where(v => v != StudyPlan.Reference && v.Trained != Trained.Factors)
                .Select(v => (v.ToString(),
                    tables.Advantage(v, StudyPlan.Reference, optimizer, epsilon, StudyPlan.Sets)))
                .Where(row => row.Item2.HasValue)
                .Select(row => (row.Item1, row.Item2!.Value))
                .ToList();
            if (rows.Count == 0)
            {
                continue;
            }

            var drawing = IntervalChart.Draw(
                $"Points of accuracy over {StudyPlan.Reference}; {optimizer}, epsilon {epsilon}",
                rows);
            File.WriteAllText(RepositoryFiles.Path("docs", "methods", $"{name}.svg"), drawing + "\n");
        }
    }

    /// <summary>The page with each table put between its marks.</summary>
    public static string With(string page, IReadOnlyDictionary<string, string> tables)
    {
        foreach (var (name, table) in tables)
        {
            var (open, close) = ($"<!-- table {name} -->\n", "\n<!-- end -->");
            var start = page.IndexOf(open, StringComparison.Ordinal);
            var end = start < 0 ? -1 : page.IndexOf(close, start, StringComparison.Ordinal);
            if (end < 0)
            {
                throw new InvalidDataException($"docs/methods.md has no place for the table {name}");
            }

            page = page[..(start + open.Length)] + table + page[end..];
        }

        return page;
    }
}
