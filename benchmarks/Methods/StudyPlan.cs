using FedLowRank.Aggregation.Rounds.Plans;
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

    /// <summary>As published in all: the classifier stays as it was drawn.</summary>
    public static readonly StudyVariant PublishedHead = new("fedsvd", Kaiming, Trained: Trained.Factors);

    /// <summary>What the output layer can do without an adapter.</summary>
    public static readonly StudyVariant HeadAlone = new("ffa-orthonormal", Orthonormal, Trained: Trained.Head);

    /// <summary>The rival to beat: an orthonormal A that stays.</summary>
    public static readonly StudyVariant Reference = new("ffa-orthonormal", Orthonormal);

    /// <summary>What came out best at epsilon 6.</summary>
    private static readonly StudyVariant Recommended = new("fedsvd", Principal);

    /// <summary>The data sets; the first is the one to screen on.</summary>
    public static readonly IReadOnlyList<string> Sets = ["debian", "spam", "debian-dirichlet"];

    /// <summary>Seeds of the screening and the tuning.</summary>
    public const int ScreenSeeds = 2;

    private const int TestSeeds = 5;
    private const int TestSeedsPlain = 3;

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
        PublishedHead,
        HeadAlone,
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
        .. TuneAndTest(OptimizerRule.Sgd, 6, results => Finalists(results, OptimizerRule.Sgd, others: 4)),
        .. TuneAndTest(OptimizerRule.Adam, 6, results => Finalists(results, OptimizerRule.Adam, others: 1)),
        new("tuning without privacy", _ => Grid(
            Sets[0], PlainVariants, OptimizerRule.Sgd, double.PositiveInfinity, seeds: 1)),
        new("test without privacy", TestPlain),
        .. TuneAndTest(OptimizerRule.Sgd, 3, results =>
        [
            .. Finalists(results, OptimizerRule.Sgd, others: 1).Where(v => v.Trained == Trained.Both)
                .Append(Recommended).Distinct(),
        ]),
    ];

    /// <summary>The rate with the best mean accuracy on the held-out texts, or null where none was tried.</summary>
    public static double? BestRate(
        IEnumerable<StudyResult> results, string set, StudyVariant variant, OptimizerRule optimizer, double epsilon) =>
        results
            .Where(r => r.Case.IsTuning && r.Case.Set == set && r.Case.Variant == variant
                && r.Case.Optimizer == optimizer && r.Case.Epsilon.Equals(epsilon))
            .GroupBy(r => r.Case.Rate)
            .OrderByDescending(g => g.Average(r => r.Accuracy)).ThenBy(g => g.Key)
            .Select(g => (double?)g.Key)
            .FirstOrDefault();

    private static IReadOnlyCollection<StudyCase> Screen() =>
    [
        .. Grid(Sets[0], PrivateVariants, OptimizerRule.Sgd, ScreenEpsilon, ScreenSeeds),
        .. Grid(Sets[0], AdamVariants, OptimizerRule.Adam, ScreenEpsilon, ScreenSeeds),
    ];

    /// <summary>
    /// On each data set, one seed at the best rate of the screening and at its neighbours; then all seeds at the best
    /// of them.
    /// </summary>
    private static IEnumerable<StudyStage> TuneAndTest(
        OptimizerRule optimizer, double epsilon,
        Func<IReadOnlyCollection<StudyResult>, IReadOnlyCollection<StudyVariant>> finalists)
    {
        var name = $"{optimizer}, epsilon {epsilon}";
        var rates = StudySchedule.Rates(isPrivate: true, optimizer).ToList();
        yield return new StudyStage($"tuning, {name}", results =>
        [
            .. from set in Sets
               from variant in finalists(results)
               let best = rates.IndexOf(BestRate(results, Sets[0], variant, optimizer, ScreenEpsilon)!.Value)
               from rate in rates.Where((_, index) => Math.Abs(index - best) <= 1)
               select new StudyCase(set, variant, optimizer, epsilon, rate, Seed: 1, IsTuning: true),
        ]);
        yield return new StudyStage($"test, {name}", results =>
        [
            .. from seed in Seeds(TestSeeds)
               from set in Sets
               from variant in finalists(results)
               let rate = BestRate(results, set, variant, optimizer, epsilon)!.Value
               select new StudyCase(set, variant, optimizer, epsilon, rate, seed, IsTuning: false),
        ]);
    }

    /// <summary>The references, and the best of the others in the screening.</summary>
    private static IReadOnlyCollection<StudyVariant> Finalists(
        IReadOnlyCollection<StudyResult> results, OptimizerRule optimizer, int others)
    {
        var screened = results
            .Where(r => r.Case.IsTuning && r.Case.Set == Sets[0] && r.Case.Optimizer == optimizer
                && r.Case.Epsilon.Equals(ScreenEpsilon) && r.Case.Seed <= ScreenSeeds)
            .GroupBy(r => r.Case.Variant)
            .OrderByDescending(g => g.GroupBy(r => r.Case.Rate).Max(rate => rate.Average(r => r.Accuracy)))
            .Select(g => g.Key)
            .ToList();
        var references = screened.Intersect([Reference, Published, PublishedHead, HeadAlone]).ToList();
        return [.. references, .. screened.Except(references).Take(others)];
    }

    private static IReadOnlyCollection<StudyCase> TestPlain(IReadOnlyCollection<StudyResult> results) =>
    [
        .. PlainVariants.SelectMany(v => Seeds(TestSeedsPlain).Select(seed => new StudyCase(
            Sets[0], v, OptimizerRule.Sgd, double.PositiveInfinity,
            BestRate(results, Sets[0], v, OptimizerRule.Sgd, double.PositiveInfinity)!.Value, seed,
            IsTuning: false))),
    ];

    private static IReadOnlyCollection<StudyCase> Grid(
        string set, IEnumerable<StudyVariant> variants, OptimizerRule optimizer, double epsilon, int seeds) =>
    [
        .. from seed in Seeds(seeds)
           from variant in variants
           from rate in StudySchedule.Rates(double.IsFinite(epsilon), optimizer)
           select new StudyCase(set, variant, optimizer, epsilon, rate, seed, IsTuning: true),
    ];

    private static IEnumerable<int> Seeds(int count) => Enumerable.Range(1, count);
}
