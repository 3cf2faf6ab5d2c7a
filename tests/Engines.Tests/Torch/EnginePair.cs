using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

/// <summary>The same model, adapter and trainables in both engines.</summary>
internal sealed class EnginePair : IDisposable
{
    public EnginePair(ModelConfig config, string prefix, TorchEngineOptions? options = null)
    {
        var weights = new RandomWeights(prefix);
        Cpu = new CpuEngine(config, weights, new CpuEngineOptions
        {
            Workers = 1,
            Format = options?.Format ?? WeightFormat.Full,
        });
        Torch = new TorchEngine(config, weights, options ?? new TorchEngineOptions());
    }

    public CpuEngine Cpu { get; }

    public TorchEngine Torch { get; }

    public void Load(Adapter adapter, TensorLayout trainables)
    {
        Cpu.Load(adapter, trainables);
        Torch.Load(adapter, trainables);
    }

    /// <summary>
    /// The largest difference of any loss, relative, and of any tensor's gradient of any example, as a share of that
    /// example's largest value.
    /// </summary>
    public double WorstDifference(TensorLayout layout, float[] parameters, TokenizedExample[] examples)
    {
        var (expected, actual) = (new Prediction[examples.Length], new Prediction[examples.Length]);
        Cpu.Evaluate(parameters, examples, expected);
        Torch.Evaluate(parameters, examples, actual);
        var worst = 0.0;
        for (var i = 0; i < examples.Length; i++)
        {
            Assert.Equal((expected[i].Label, expected[i].TargetCount), (actual[i].Label, actual[i].TargetCount));
            worst = Math.Max(worst, Math.Abs(expected[i].Loss - actual[i].Loss) / (1 + expected[i].Loss));
        }

        var (left, right) = (Rows(Cpu, layout, parameters, examples), Rows(Torch, layout, parameters, examples));
        Assert.Equal(left.Count, right.Count);
        for (var i = 0; i < left.Count; i++)
        {
            worst = Math.Max(worst, Difference(left[i], right[i]));
        }

        return worst;
    }

    /// <summary>The largest difference as a share of the largest value.</summary>
    public static double Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        // Below the floor the differences show nothing but their own rounding.
        var (scale, worst) = (1e-6, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
            Assert.False(float.IsNaN(actual[i]));
        }

        return worst / scale;
    }

    public static List<float[]> Rows(
        ITrainingEngine engine, TensorLayout layout, float[] parameters, TokenizedExample[] examples)
    {
        var rows = new RowCollector(layout.Count);
        engine.Gradients(parameters, examples, rows);
        return rows.Rows;
    }

    public void Dispose()
    {
        Cpu.Dispose();
        Torch.Dispose();
    }
}
