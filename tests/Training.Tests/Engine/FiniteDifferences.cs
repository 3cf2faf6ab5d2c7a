using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>Compares an engine's gradients with central differences of its losses.</summary>
internal static class FiniteDifferences
{
    /// <summary>Checks each tensor of each example along one direction, at random parameters.</summary>
    public static void Check(
        ITrainingEngine engine, TensorLayout layout, TokenizedExample[] examples, ITestOutputHelper output)
    {
        var random = new Random(3);
        var parameters = new float[layout.Count];
        for (var i = 0; i < parameters.Length; i++)
        {
            parameters[i] = (float)(random.NextDouble() - 0.5);
        }

        var rows = new RowCollector(layout.Count);
        engine.Gradients(parameters, examples, rows);
        for (var t = 0; t < layout.Tensors.Length; t++)
        {
            for (var example = 0; example < examples.Length; example++)
            {
                Check(engine, layout, t, parameters, rows.Rows[example], examples[example], random, output);
            }
        }
    }

    private static void Check(
        ITrainingEngine engine, TensorLayout layout, int tensor, float[] parameters, float[] gradient,
        TokenizedExample example, Random random, ITestOutputHelper output)
    {
        const double Step = 4e-3;
        var own = layout.Slice<float>(gradient, tensor).ToArray();
        // Half the gradient's own direction, half random: large enough to measure, and no entry escapes.
        var norm = Math.Sqrt(own.Sum(v => (double)v * v)) + 1e-12;
        var direction = own.Select(v => (v / norm) + ((random.NextDouble() - 0.5) / Math.Sqrt(own.Length))).ToArray();
        double LossAt(double step)
        {
            var moved = (float[])parameters.Clone();
            var part = layout.Slice(moved.AsSpan(), tensor);
            for (var i = 0; i < part.Length; i++)
            {
                part[i] += (float)(step * direction[i]);
            }

            var prediction = new Prediction[1];
            engine.Evaluate(moved, [example], prediction);
            return prediction[0].Loss;
        }

        var expected = (LossAt(Step) - LossAt(-Step)) / (2 * Step);
        var actual = own.Zip(direction).Sum(p => p.First * p.Second);
        var difference = Math.Abs(expected - actual) / (norm + 2e-2);
        output.WriteLine($"{layout.Tensors[tensor].Name}: {expected:g5} and {actual:g5}");
        Assert.True(difference < 3e-3, $"{layout.Tensors[tensor].Name}: difference {expected}, gradient {actual}");
    }
}
