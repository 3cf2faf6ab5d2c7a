using System.Text.Json;
using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>A federated method, where its A starts, the rank r, and what is trained.</summary>
internal sealed record StudyVariant(
    string Method, FactorStart Start, int Rank = StudyVariant.RankDefault, Trained Trained = Trained.Both)
{
    public const int RankDefault = 8;

    public override string ToString() => Trained switch
    {
        Trained.Head => "the output layer alone",
        Trained.Factors => $"{Named}, output layer frozen",
        _ => Named,
    };

    private string Named =>
        $"{Method}, {JsonNamingPolicy.CamelCase.ConvertName(Start.ToString())}"
        + (Rank == RankDefault ? "" : $", rank {Rank}");
}
