using System.Globalization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>One simulation of the study of methods. Its text names it in the file of results.</summary>
/// <param name="Set">Name of the data set.</param>
/// <param name="Variant">Method, start and, where it is not 8, rank.</param>
/// <param name="Optimizer">The agents' optimizer.</param>
/// <param name="Epsilon">Of each agent at delta 1e-5; infinity for a run without privacy.</param>
/// <param name="Rate">Learning rate of the first round.</param>
/// <param name="Seed">Of the split, the start, the batches and the noise, so that cases of one seed are paired.</param>
/// <param name="IsTuning">True where a tenth of the training texts is measured, false where the test split is.</param>
internal sealed record StudyCase(
    string Set, StudyVariant Variant, OptimizerRule Optimizer, double Epsilon, double Rate, int Seed, bool IsTuning)
{
    public const string Columns = "set,method,start,rank,trained,optimizer,epsilon,rate,seed,part";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Set},{Variant.Method},{Variant.Start},{Variant.Rank},{Variant.Trained},{Optimizer},"
        + $"{Epsilon},{Rate},{Seed},{(IsTuning ? "tuning" : "test")}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static StudyCase Parse(ReadOnlySpan<string> cells) => new(
        cells[0],
        new StudyVariant(
            cells[1], Enum.Parse<FactorStart>(cells[2]), Whole(cells[3]), Enum.Parse<Trained>(cells[4])),
        Enum.Parse<OptimizerRule>(cells[5]),
        double.Parse(cells[6], CultureInfo.InvariantCulture),
        double.Parse(cells[7], CultureInfo.InvariantCulture),
        Whole(cells[8]),
        cells[9] == "tuning");

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
