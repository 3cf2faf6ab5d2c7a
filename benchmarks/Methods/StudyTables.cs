using System.Globalization;
using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>The tables of the study's page, in Markdown, from the results alone.</summary>
internal sealed class StudyTables(IReadOnlyCollection<StudyResult> results)
{
    private const double Plain = double.PositiveInfinity;

    /// <summary>Each table by the name that the page calls it.</summary>
    public IReadOnlyDictionary<string, string> All => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["screening"] = Screening(OptimizerRule.Sgd),
        ["screening-adam"] = Screening(OptimizerRule.Adam),
        ["test-6"] = Test(OptimizerRule.Sgd, 6),
        ["test-3"] = Test(OptimizerRule.Sgd, 3),
        ["test-adam-6"] = Test(OptimizerRule.Adam, 6),
        ["test-plain"] = Test(OptimizerRule.Sgd, Plain),
    };

    /// <summary>
    /// Accuracy over that of the reference, on the test splits, for the same seeds: over all sets, or over one.
    /// Null where results are missing.
    /// </summary>
    public Interval? Advantage(
        StudyVariant variant, StudyVariant reference, OptimizerRule optimizer, double epsilon,
        IReadOnlyCollection<string> sets)
    {
        var ours = Tested(variant, optimizer, epsilon);
        var theirs = Tested(reference, optimizer, epsilon);
        var seeds = ours.Keys.Select(k => k.Seed).Distinct().Order()
            .Where(seed => sets.All(set => ours.ContainsKey((set, seed)) && theirs.ContainsKey((set, seed))))
            .Select(seed => sets.Average(set => ours[(set, seed)] - theirs[(set, seed)]))
            .ToList();
        return seeds.Count == 0 ? null : Interval.Of(seeds);
    }

    /// <summary>The variants that were tested, the best first by their mean over the sets.</summary>
    public IReadOnlyList<StudyVariant> Variants(OptimizerRule optimizer, double epsilon) =>
    [
        .. results.Where(r => !r.Case.IsTuning && r.Case.Optimizer == optimizer && r.Case.Epsilon.Equals(epsilon))
            .GroupBy(r => r.Case.Variant)
            .OrderByDescending(g => g.GroupBy(r => r.Case.Set).Average(s => s.Average(r => r.Accuracy)))
            .Select(g => g.Key),
    ];

    /// <summary>A row for each variant, a column for each rate: mean accuracy on the held-out texts.</summary>
    private string Screening(OptimizerRule optimizer)
    {
        var set = StudyPlan.Sets[0];
        var rates = StudySchedule.Rates(isPrivate: true, optimizer);
        var rows = results
            .Where(r => r.Case.IsTuning && r.Case.Set == set && r.Case.Epsilon.Equals(6.0)
                && r.Case.Optimizer == optimizer && r.Case.Seed <= StudyPlan.ScreenSeeds)
            .GroupBy(r => r.Case.Variant)
            .Select(g => (Variant: g.Key, ByRate: g.GroupBy(r => r.Case.Rate)
                .ToDictionary(r => r.Key, r => r.Average(x => x.Accuracy))))
            .OrderByDescending(row => row.ByRate.Values.Max());
        return Table(
            rates.Select(rate => string.Create(CultureInfo.InvariantCulture, $"rate {rate}")),
            rows.Select(row => (row.Variant.ToString(), rates.Select(rate =>
                row.ByRate.TryGetValue(rate, out var accuracy)
                    ? Bold(Percent(accuracy), accuracy.Equals(row.ByRate.Values.Max()))
                    : ""))));
    }

    private string Test(OptimizerRule optimizer, double epsilon)
    {
        var variants = Variants(optimizer, epsilon);
        var sets = StudyPlan.Sets
            .Where(set => results.Any(r => !r.Case.IsTuning && r.Case.Set == set && r.Case.Optimizer == optimizer
                && r.Case.Epsilon.Equals(epsilon)))
            .ToList();
        return Table(
            [.. sets, "over ffa-orthonormal", "over published FedSVD"],
            variants.Select(v => (v.ToString(), sets
                .Select(set => Mean(v, optimizer, epsilon, set))
                .Append(Points(v, StudyPlan.Reference))
                .Append(Points(v, StudyPlan.Published)))));

        string Points(StudyVariant variant, StudyVariant reference) =>
            variant != reference && Advantage(variant, reference, optimizer, epsilon, sets) is { } d
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * d.Mean:+0.0;-0.0;0.0} ± {100 * d.Half:f1}")
                : "";
    }

    private string Mean(StudyVariant variant, OptimizerRule optimizer, double epsilon, string set)
    {
        var values = Tested(variant, optimizer, epsilon).Where(t => t.Key.Set == set).Select(t => t.Value).ToList();
        return values.Count == 0 ? "" : $"{Percent(values.Average())} ± {100 * Interval.Of(values).Half:f1}";
    }

    private Dictionary<(string Set, int Seed), double> Tested(
        StudyVariant variant, OptimizerRule optimizer, double epsilon) => results
        .Where(r => !r.Case.IsTuning && r.Case.Variant == variant && r.Case.Optimizer == optimizer
            && r.Case.Epsilon.Equals(epsilon))
        .ToDictionary(r => (r.Case.Set, r.Case.Seed), r => r.Accuracy);

    private static string Table(IEnumerable<string> columns, IEnumerable<(string Name, IEnumerable<string> Cells)> rows)
    {
        var heads = columns.Prepend("method, start").ToList();
        IEnumerable<string> lines =
        [
            Row(heads),
            Row(heads.Select((_, index) => index == 0 ? "---" : "---:")),
            .. rows.Select(row => Row(row.Cells.Prepend(row.Name))),
        ];
        return string.Join('\n', lines);

        static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
    }

    private static string Bold(string text, bool isBold) => isBold ? $"**{text}**" : text;

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:f1}");
}
