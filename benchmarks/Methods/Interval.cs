using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>A mean and half the width of its 95 % interval, by Student's t over the seeds.</summary>
/// <param name="Mean">The mean over the seeds.</param>
/// <param name="Half">Half the interval; NaN where there is one value alone.</param>
internal readonly record struct Interval(double Mean, double Half)
{
    public static Interval Of(IReadOnlyCollection<double> values) => new(
        values.Average(),
        values.Count < 2
            ? double.NaN
            : StudentT.InvCDF(0, 1, values.Count - 1, 0.975) * values.StandardDeviation() / Math.Sqrt(values.Count));
}
