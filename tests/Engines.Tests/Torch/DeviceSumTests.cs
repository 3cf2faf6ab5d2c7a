// Goal: what is clipped and added on the device is what the accumulator on the host makes of the same rows.
using FedLowRank.Tests;
using FedLowRank.Training.Local;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;
using FedLowRank.Training.Torch.Steps;
using TorchSharp;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class DeviceSumTests
{
    [Theory]
    [InlineData(1, 1, 1.0)]
    [InlineData(7, 1000, 1e-12)]
    [InlineData(7, 1000, 3.0)]
    [InlineData(7, 1000, 1e12)]
    // Several chunks of columns.
    [InlineData(3, 1_500_000, 40.0)]
    public void Equal_rows_give_the_sum_and_the_counts_of_the_rule(int examples, int dimension, double clip)
    {
        var random = new Random(dimension);
        var rows = new float[examples * dimension];
        for (var i = 0; i < rows.Length; i++)
        {
            // Rows of very different length, so that some are clipped.
            rows[i] = (random.NextSingle() - 0.5f) * MathF.Pow(10, i / dimension % 5 - 3);
        }

        if (examples > 5)
        {
            rows[2 * dimension] = float.NaN;
            rows[(3 * dimension) + 1] = float.NegativeInfinity;
            rows.AsSpan(4 * dimension, dimension).Clear();
        }

        var (host, device) = (new SumCollector(clip, dimension), new SumCollector(clip, dimension));
        host.AddRows(rows);
        using (var sum = new DeviceSum(device.Rule, dimension, torch.CPU))
        using (var all = torch.tensor(rows, [examples, dimension]))
        using (var first = all.narrow(0, 0, examples / 2 + 1))
        using (var second = all.narrow(0, first.shape[0], examples - first.shape[0]))
        {
            sum.Add(first, (int)first.shape[0]);
            if (second.shape[0] > 0)
            {
                sum.Add(second, (int)second.shape[0]);
            }

            sum.HandOver(device);
        }

        Assert.Equal(host.Counts, device.Counts);
        for (var i = 0; i < dimension; i++)
        {
            // Norms are summed in another order: a factor may differ in its last bit, and a term by one grid step.
            Assert.InRange(Math.Abs(host.Sum[i] - device.Sum[i]), 0, examples);
        }
    }

    [Fact]
    public void Without_a_rule_rows_are_added_as_they_are()
    {
        var sink = new MeanGradient(3);
        using (var sum = new DeviceSum(null, 3, torch.CPU))
        using (var rows = torch.tensor(new float[] { 1, 2, 3, 5, 8, 13 }, [2, 3]))
        {
            sum.Add(rows, (int)rows.shape[0]);
            sum.HandOver(sink);
        }

        Assert.Equal([3, 5, 8], sink.Take(1e9).ToArray());
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0)]
    [InlineData(9.0)]
    public void Clipped_sums_of_the_sample_encoder_equal_those_of_the_cpu_engine(double clip)
    {
        var golden = GoldenBase.Instance;
        var (adapter, layout) = (golden.Adapter, golden.Adapter.Layout);
        var parameters = adapter.ToSingle(layout);
        var (host, device) = (new SumCollector(clip, layout.Count), new SumCollector(clip, layout.Count));
        using var cpu = GoldenBase.OpenEngine();
        cpu.Load(adapter, layout);
        cpu.Gradients(parameters, golden.Examples, host);
        using var engine = TorchEngine.Open(RepositoryFiles.Path("samples", "base"));
        engine.Load(adapter, layout);
        engine.Gradients(parameters, golden.Examples, device);
        Assert.Equal(host.Counts, device.Counts);
        Assert.InRange(host.Distance(device), 0, 1e-4);
        Assert.Equal(1, device.Calls);
    }
}
