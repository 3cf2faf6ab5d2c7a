using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Engines.Tests.Conformance;

/// <summary>What engines are asked for, and how far apart the answers are.</summary>
internal static class Differences
{
    public static List<float[]> Rows(
        ITrainingEngine engine, TensorLayout layout, float[] parameters, TokenizedExample[] examples)
    {
        var rows = new RowCollector(layout.Count);
        engine.Gradients(parameters, examples, rows);
        return rows.Rows;
    }

    /// <summary>The clipped sum of a batch, in the unit of the gradient.</summary>
    public static double[] ClippedSum(
        ITrainingEngine engine, TensorLayout layout, float[] parameters, TokenizedExample[] examples, double clip)
    {
        var sink = new ClippedSumAccumulator(new ClipNorm(clip), layout.Count);
        engine.Gradients(parameters, examples, sink);
        Assert.Equal(examples.Length, sink.Examples);
        var sum = sink.Take();
        return [.. sum.Steps.ToArray().Select(step => Math.ScaleB(step, sum.GridExponent))];
    }

    /// <summary>The length of the difference over that of what is expected.</summary>
    public static double OfLength(IReadOnlyList<double> expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        var length = Math.Sqrt(expected.Sum(v => v * v));
        var difference = Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum());
        Assert.True(length > 0, "nothing to compare with");
        return difference / length;
    }

    /// <summary>The largest difference in any tensor, as a share of that tensor's largest value.</summary>
    public static double OfTensors(TensorLayout layout, float[] expected, float[] actual)
    {
        var worst = 0.0;
        for (var t = 0; t < layout.Tensors.Length; t++)
        {
            var left = layout.Slice(expected.AsSpan(), t).ToArray();
            var right = layout.Slice(actual.AsSpan(), t).ToArray();
            var relative = left.Zip(right).Max(p => Math.Abs(p.First - p.Second)) / left.Max(Math.Abs);
            Assert.False(double.IsNaN(relative), layout.Tensors[t].Name);
            worst = Math.Max(worst, relative);
        }

        return worst;
    }

    /// <summary>The largest difference.</summary>
    public static double OfValues(IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        return expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
    }
}
