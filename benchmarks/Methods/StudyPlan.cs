using FedLowRank.Training.Local;
using static FedLowRank.Aggregation.Methods.FactorStart;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// What the study runs, stage by stage: all variants on one data set, then the best and the references on all of them.
/// Each stage follows from the results of those before.
/// </summary>
internal static class StudyPlan
{
    /// <summary>FedSVD as published begins with A as PEFT draws it.</summary>
    public static readonly StudyVariant Published = new("fedsvd", Kaiming);

    /// <summary>The rival to beat: an orthonormal A that stays.</summary>
    public static readonly StudyVariant Reference = new("ffa-orthonormal", Orthonormal);

    /// <summary>The data sets; the first is the one to screen on.</summary>
    public static readonly IReadOnlyList<string> Sets = ["debian", "spam", "debian-dirichlet"];

    /// <summary>Seeds of the screening and the tuning.</summary>
    public const int ScreenSeeds = 2;

    private const int TestSeeds = 5;
    private const int TestSeedsPlain = 3;
    private const int SurvivorsOfSgd = 4;
    private const int SurvivorsOfAdam = 1;

    private const double ScreenEpsilon = 6;

    private static readonly IReadOnlyList<StudyVariant> PrivateVariants =
    [
        Reference,
        Published,
        new("fedsvd", Orthonormal),
        new("fedsvd", Principal),
        new("fedsvd", Calibrated),
        new("fedsvd", GradientSketch),
        new("fedsvd-alternating", Orthonormal),
        new("fedsvd-alternating", Calibrated),
        new("ffa", Kaiming),
        new("fedavg", Kaiming),
        new("rolora", Kaiming),
        new("fed-sb", Orthonormal),
        new("fed-sb", Principal),
        new("fedsvd", Orthonormal, Rank: 4),
    ];

    private static readonly IReadOnlyList<StudyVariant> AdamVariants =
    [
        Reference,
        Published,
        new("fedsvd", Orthonormal),
        new("fedavg", Kaiming),
    ];

    private static readonly IReadOnlyList<StudyVariant> PlainVariants =
    [
        Reference,
        Published,
        new("fedsvd", Orthonormal),
        new("fedsvd", Calibrated),
        new("fedsvd-alternating", Orthonormal),
        new("fedavg", Kaiming),
        new("rolora", Kaiming),
        new("fed-sb", Principal),
        new("fedex", Kaiming),
        new("flora", Kaiming),
        new("flexlora", Kaiming),
    ];

    /// <summary>The stages in their order.</summary>
    public static IReadOnlyList<StudyStage> Stages { get; } =
    [
        new("screening", _ => Screen()),
        new("tuning, SGD, epsilon 6", results => Tune(results, OptimizerKind.Sgd, 6)),
        new("test, SGD, epsilon 6", results => Test(results, OptimizerKind.Sgd, 6)),
        new("tuning, Adam, epsilon 6", results => Tune(results, OptimizerKind.Adam, 6)),
        new("test, Adam, epsilon 6", results => Test(results, OptimizerKind.Adam, 6)),
        new("tuning without privacy", _ => Grid(
            Sets[0], PlainVariants, OptimizerKind.Sgd, double.PositiveInfinity, seeds: 1)),
        new("test without privacy", TestPlain),
        new("tuning, SGD, epsilon 3", results => Tune(results, OptimizerKind.Sgd, 3)),
        new("test, SGD, epsilon 3", results => Test(results, OptimizerKind.Sgd, 3)),
    ];

    /// <summary>The rate with the best mean accuracy on the held-out texts, or null where none was tried.</summary>
    public static double? BestRate(
        IEnumerable<StudyResult> results, string set, StudyVariant variant, OptimizerKind optimizer, double epsilon) =>
        results
            .Where(r => r.Case.IsTuning && r.Case.Set == set && r.Case.Variant == variant
                && r.Case.Optimizer == optimizer && r.Case.Epsilon.Equals(epsilon))
            .GroupBy(r => r.Case.Rate)
            .OrderByDescending(g => g.Average(r => r.Accuracy)).ThenBy(g => g.Key)
            .Select(g => (double?)g.Key)
            .FirstOrDefault();

    private static IReadOnlyCollection<StudyCase> Screen() =>
    [
        .. Grid(Sets[0], PrivateVariants, OptimizerKind.Sgd, ScreenEpsilon, ScreenSeeds),
        .. Grid(Sets[0], AdamVariants, OptimizerKind.Adam, ScreenEpsilon, ScreenSeeds),
    ];

    /// <summary>On each data set, the best rate of the screening and its neighbours.</summary>
    private static IReadOnlyCollection<StudyCase> Tune(
        IReadOnlyCollection<StudyResult> results, OptimizerKind optimizer, double epsilon)
    {
        var rates = StudySchedule.Rates(isPrivate: true, optimizer).ToList();
        return
        [
            .. from set in Sets
               from variant in Survivors(results, optimizer)
               let best = rates.IndexOf(BestRate(results, Sets[0], variant, optimizer, ScreenEpsilon)!.Value)
               from rate in rates.Where((_, index) => Math.Abs(index - best) <= 1)
               select new StudyCase(set, variant, optimizer, epsilon, rate, Seed: 1, IsTuning: true),
        ];
    }

    private static IReadOnlyCollection<StudyCase> Test(
        IReadOnlyCollection<StudyResult> results, OptimizerKind optimizer, double epsilon) =>
    [
        .. from seed in Seeds(TestSeeds)
           from set in Sets
           from variant in Survivors(results, optimizer)
           select new StudyCase(
               set, variant, optimizer, epsilon, BestRate(results, set, variant, optimizer, epsilon)!.Value, seed,
               IsTuning: false),
    ];

    /// <summary>The references, and the best of the others in the screening.</summary>
    private static IReadOnlyCollection<StudyVariant> Survivors(
        IReadOnlyCollection<StudyResult> results, OptimizerKind optimizer)
    {
        var screened = results
            .Where(r => r.Case.IsTuning && r.Case.Set == Sets[0] && r.Case.Optimizer == optimizer
                && r.Case.Epsilon.Equals(ScreenEpsilon) && r.Case.Seed <= ScreenSeeds)
            .GroupBy(r => r.Case.Variant)
            .OrderByDescending(g => g.GroupBy(r => r.Case.Rate).Max(rate => rate.Average(r => r.Accuracy)))
            .Select(g => g.Key);
        var count = optimizer == OptimizerKind.Sgd ? SurvivorsOfSgd : SurvivorsOfAdam;
        return [Reference, Published, .. screened.Where(v => v != Reference && v != Published).Take(count)];
    }

    private static IReadOnlyCollection<StudyCase> TestPlain(IReadOnlyCollection<StudyResult> results) =>
    [
        .. PlainVariants.SelectMany(v => Seeds(TestSeedsPlain).Select(seed => new StudyCase(
            Sets[0], v, OptimizerKind.Sgd, double.PositiveInfinity,
            BestRate(results, Sets[0], v, OptimizerKind.Sgd, double.PositiveInfinity)!.Value, seed,
            IsTuning: false))),
    ];

    private static IReadOnlyCollection<StudyCase> Grid(
        string set, IEnumerable<StudyVariant> variants, OptimizerKind optimizer, double epsilon, int seeds) =>
    [
        .. from seed in Seeds(seeds)
           from variant in variants
           from rate in StudySchedule.Rates(double.IsFinite(epsilon), optimizer)
           select new StudyCase(set, variant, optimizer, epsilon, rate, seed, IsTuning: true),
    ];

    private static IEnumerable<int> Seeds(int count) => Enumerable.Range(1, count);
}
