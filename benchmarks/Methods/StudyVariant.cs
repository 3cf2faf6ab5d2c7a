using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>A federated method, where its A starts, and the rank r.</summary>
internal sealed record StudyVariant(string Method, FactorStart Start, int Rank = StudyVariant.RankDefault)
{
    public const int RankDefault = 8;

    public override string ToString() =>
        $"{Method}, {Start.ToString().ToLowerInvariant()}"
        + $"{(Rank == RankDefault ? "" : $", rank {Rank}")}";
}
