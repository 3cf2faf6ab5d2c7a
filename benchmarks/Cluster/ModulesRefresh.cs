using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using MathNet.Numerics.LinearAlgebra;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// The refresh of all modules of RoBERTa-large's shape, one after the other on one core, against the dense SVD of B A,
/// 1024 x 1024, that the published method computes of each.
/// </summary>
internal static class ModulesRefresh
{
    /// <summary>A dense SVD takes seconds, so that few are enough.</summary>
    private const int Rounds = 2;

    /// <summary>Measures both in turn. Of the dense SVD it is one module, times their number.</summary>
    public static Figures Measure(Action<string> say)
    {
        var modules = Modules(ClusterShapes.RobertaLarge.Plan);
        var (width, rank) = (modules[0].Shape.OutputWidth, modules[0].Shape.Rank);
        var a = Matrix<double>.Build.Dense(rank, width, (i, j) => modules[0].A[(i * width) + j]);
        var b = Matrix<double>.Build.Dense(width, rank, (i, j) => modules[0].B[(i * rank) + j]);
        var rates = Rates.PerSecond(
            Rounds, [() => modules.ForEach(module => FactorRefresh.ForBRound(module)), () => (b * a).Svd()]);
        var figures = new Figures(1000 / rates[0], modules.Count * rates[0] / rates[1]);
        say(FormattableString.Invariant(
            $"refresh of {modules.Count} modules of {width} x {width} at rank {rank}: {figures.RefreshMs:f1} ms, ")
            + FormattableString.Invariant(
                $"{figures.RefreshVsDense:f0} times as fast as dense SVDs of B A, {1 / rates[1]:f1} s each"));
        return figures;
    }

    /// <summary>As after a sum: A orthonormal, B of any values.</summary>
    private static List<LoraFactors> Modules(Service.LoadPlan plan) =>
    [
        .. plan.Start().Layers.Select((layer, i) =>
        {
            var sequence = new SeededSequence((ulong)i, "benchmark");
            return layer.With(newB: [.. Enumerable.Range(0, layer.Shape.B.Count).Select(_ => sequence.NextNormal())]);
        }),
    ];

    /// <param name="RefreshMs">Milliseconds for all modules together.</param>
    /// <param name="RefreshVsDense">Time of the dense SVDs over that of the refresh: how many times as fast.</param>
    internal sealed record Figures(double RefreshMs, double RefreshVsDense);
}
