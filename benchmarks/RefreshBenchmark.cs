using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using MathNet.Numerics.LinearAlgebra;

namespace FedLowRank.Benchmarks;

/// <summary>
/// The refresh of one layer's factors against the dense SVD of B A that the published method computes.
/// </summary>
internal static class RefreshBenchmark
{
    private const int Rank = 8;

    public static object Run(Action<string> say) => new[] { Measure(192, say), Measure(384, say) };

    private static Figures Measure(int width, Action<string> say)
    {
        var shape = new LoraShape("layer", width, width, Rank, Rank);
        var sequence = new SeededSequence(1, "benchmark");
        var start = AdapterStart.Layer(shape, FactorStart.Orthonormal, 1);
        var factors = start.With(newB: [.. Enumerable.Range(0, shape.B.Count).Select(_ => sequence.NextNormal())]);
        var a = Matrix<double>.Build.Dense(Rank, width, (i, j) => factors.A[(i * width) + j]);
        var b = Matrix<double>.Build.Dense(width, Rank, (i, j) => factors.B[(i * Rank) + j]);
        var rates = Rates.PerSecond(() => FactorRefresh.ForBRound(factors), () => (b * a).Svd());
        var figures = new Figures(width, Rank, 1000 / rates[0], rates[0] / rates[1]);
        say(string.Create(CultureInfo.InvariantCulture,
            $"width {width}, rank {Rank}: {figures.RefreshMilliseconds:f2} ms, "
            + $"{figures.RefreshVsDenseSvd:f0} times as fast as the dense SVD of B A"));
        return figures;
    }

    private sealed record Figures(int Width, int Rank, double RefreshMilliseconds, double RefreshVsDenseSvd);
}
