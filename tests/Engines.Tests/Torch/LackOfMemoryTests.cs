// Goal: memory may run out anywhere in a step, and the step gives the same sum and leaves nothing behind. Method: the
// parts of a step put together here, so that each can fail: a layer forward, the same layer when it is computed anew
// on the way back, what comes after the backward pass, and a real refusal of libtorch's allocator within the sum.
using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;
using FedLowRank.Training.Torch.Devices;
using FedLowRank.Training.Torch.LowRank;
using FedLowRank.Training.Torch.Networks;
using FedLowRank.Training.Torch.Steps;
using TorchSharp;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class LackOfMemoryTests
{
    // Above this memory runs out.
    private const int RowsMax = 2;

    public enum Place
    {
        Nowhere,
        Forward,
        WayBack,
        AfterBackward,
        Sum,
    }

    [Theory]
    [InlineData(Place.Forward, false)]
    [InlineData(Place.Forward, true)]
    [InlineData(Place.WayBack, true)]
    [InlineData(Place.AfterBackward, false)]
    [InlineData(Place.AfterBackward, true)]
    [InlineData(Place.Sum, false)]
    [InlineData(Place.Sum, true)]
    public void A_step_survives_wherever_memory_runs_out(Place place, bool recompute)
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var step = new Step(recompute))
        {
            var (expected, none) = step.Run(Place.Nowhere);
            Assert.Equal(0, none);
            var settled = statistics.ThreadTotalLiveCount;
            var (actual, failures) = step.Run(place);
            Assert.InRange(failures, 1, 100);
            Assert.Equal(expected.Counts, actual.Counts);
            Assert.InRange(expected.Distance(actual), 0, 1e-5);
            Assert.Equal(settled, statistics.ThreadTotalLiveCount);

            // Nothing of the failed attempts is in the model either.
            Assert.Equal(expected.Sum, step.Run(Place.Nowhere).Sum.Sum);
        }

        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    /// <summary>A step as the engine takes it, of a classifier on a tiny decoder.</summary>
    private sealed class Step : IDisposable
    {
        private readonly DecoderConfig config = TinyDecoder.Config("llama");
        private readonly DecoderModel model;
        private readonly LoadedAdapter adapter;
        private readonly TensorLayout layout;
        private readonly ModelPass pass;
        private readonly StepMemory memory;
        private Place place;
        private int rows;
        private int calls;
        private int failures;

        public Step(bool recompute)
        {
            var options = new TorchEngineOptions { Recompute = recompute };
            using var still = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            model = new DecoderModel(config, new WeightReader(new RandomWeights(""), torch.CPU, options));
            Adapter start;
            using (var cpu = TinyDecoder.Open(config))
            {
                start = TinyDecoder.Adapter(cpu, isClassifier: true);
            }

            layout = start.Layout;
            adapter = new LoadedAdapter(model, torch.CPU, start, layout);
            adapter.Attach();
            adapter.Update(start.ToSingle(layout));
            pass = new ModelPass(model, recompute);
            memory = new StepMemory(config, options, adapter);
            model.Linears[0][0].register_forward_pre_hook((_, x) =>
            {
                calls++;
                Fail(calls == 1 ? Place.Forward : Place.WayBack);
                return x;
            });
        }

        public (SumCollector Sum, int Failures) Run(Place failing)
        {
            (place, failures) = (failing, 0);
            var sink = new SumCollector(1, layout.Count);
            using var sum = new DeviceSum(sink.Rule, layout.Count, torch.CPU);
            var batches = new MicroBatchRunner(config, TorchDevice.Open("cpu"))
            {
                Starting = started => (rows, calls) = (started, 0),
            };
            var limit = new MemoryLimit(long.MaxValue);
            batches.Run(
                TinyDecoder.Examples(isClassifier: true), limit, memory.Gradients,
                (batch, _) =>
                {
                    var gradients = pass.Gradients(adapter, batch);
                    Fail(Place.AfterBackward);
                    if (place == Place.Sum && rows > RowsMax)
                    {
                        failures++;
                        // More rows than any machine holds, which are all the same one, until the sum widens them.
                        gradients = gradients.narrow(0, 0, 1).expand(1L << 50, layout.Count);
                    }

                    sum.Add(gradients, batch.ExampleCount);
                },
                keepsToItself: true);
            sum.HandOver(sink);
            Assert.Equal(failures == 0, limit.Bytes == long.MaxValue);
            return (sink, failures);
        }

        public void Dispose()
        {
            adapter.Dispose();
            model.Dispose();
        }

        private void Fail(Place here)
        {
            if (here != place || rows <= RowsMax) return;
            failures++;
            throw new LibtorchException();
        }
    }

    /// <summary>What TorchSharp throws is of a type that only a run-time may throw.</summary>
    private sealed class LibtorchException() : ExternalException("CUDA out of memory");
}
