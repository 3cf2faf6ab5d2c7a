using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>A federated method, where its A starts, rounds that train the head alone, and the rank r.</summary>
internal sealed record StudyVariant(
    string Method, FactorStart Start, int HeadRounds = 0, int Rank = StudyVariant.RankDefault)
{
    public const int RankDefault = 8;

    public override string ToString() =>
        $"{Method}, {Start.ToString().ToLowerInvariant()}"
        + $"{(HeadRounds == 0 ? "" : ", head first")}{(Rank == RankDefault ? "" : $", rank {Rank}")}";
}
