// Goal: nothing stays on the device after a step, and a step survives that memory runs out.
// Method: TorchSharp's own counters; a real refusal of libtorch's allocator; refusals injected before a micro-batch.
using System.Runtime.InteropServices;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;
using FedLowRank.Training.Torch.Devices;
using FedLowRank.Training.Torch.Steps;
using TorchSharp;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class MemoryTests
{
    private const string CudaText =
        "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1.20 GiB is "
        + "free.";

    private static readonly GoldenBase Golden = GoldenBase.Instance;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hundred_steps_leave_no_tensor_behind(bool recompute)
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var engine = Open(new TorchEngineOptions { Recompute = recompute }))
        {
            void Step(int number)
            {
                var layout = number % 2 == 0 ? Golden.Trainables : Golden.Adapter.Layout;
                engine.Load(Golden.Adapter, layout);
                var parameters = Golden.Adapter.ToSingle(layout);
                var examples = Golden.Examples[..2];
                engine.Gradients(parameters, examples, new SumCollector(1, layout.Count));
                engine.Gradients(parameters, examples, new RowCollector(layout.Count));
                engine.Evaluate(parameters, examples, new Prediction[examples.Length]);
            }

            Step(0);
            var settled = statistics.ThreadTotalLiveCount;
            var created = statistics.CreatedInScopeCount;
            for (var i = 1; i <= 100; i++)
            {
                Step(2 * i);
                Assert.Equal(settled, statistics.ThreadTotalLiveCount);
            }

            // The counters count: hundreds of tensors in each step.
            Assert.InRange(statistics.CreatedInScopeCount - created, 100 * 300, long.MaxValue);
            Step(1);
        }

        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [MemberData(nameof(TinyDecoder.Kinds), MemberType = typeof(TinyDecoder))]
    public void Steps_of_a_decoder_leave_no_tensor_behind(string kind)
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var pair = new EnginePair(TinyDecoder.Config(kind), ""))
        {
            long? settled = null;
            for (var i = 0; i < 5; i++)
            {
                foreach (var isClassifier in new[] { false, true })
                {
                    var adapter = TinyDecoder.Adapter(pair.Cpu, isClassifier);
                    var layout = TinyDecoder.Everything(adapter);
                    pair.Torch.Load(adapter, layout);
                    var examples = TinyDecoder.Examples(isClassifier);
                    pair.Torch.Gradients(new float[layout.Count], examples, new SumCollector(1, layout.Count));
                    pair.Torch.Evaluate(new float[layout.Count], examples, new Prediction[examples.Length]);
                }

                settled ??= statistics.ThreadTotalLiveCount;
                Assert.Equal(settled, statistics.ThreadTotalLiveCount);
            }
        }

        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_allocators_own_refusal_is_recognised()
    {
        var error = Assert.ThrowsAny<Exception>(() => torch.empty(1L << 50));
        Assert.True(OutOfMemory.Is(error), error.Message);
        Assert.Equal($"{1L << 22}.0 GiB", OutOfMemory.Wanted(error));
    }

    [Theory]
    [InlineData(CudaText, "2.50 GiB")]
    [InlineData("CUDA error: out of memory", null)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", null)]
    [InlineData(
        "[enforce fail at alloc_cpu.cpp:117] data. DefaultCPUAllocator: not enough memory: you tried to "
        + "allocate 4096 bytes.", "4096 bytes")]
    public void Refusals_of_other_devices_are_recognised(string text, string? wanted)
    {
        var error = new LibtorchException(text);
        Assert.True(OutOfMemory.Is(error));
        Assert.Equal(wanted, OutOfMemory.Wanted(error));
    }

    [Fact]
    public void Other_failures_are_not_taken_for_a_lack_of_memory()
    {
        Assert.False(OutOfMemory.Is(new LibtorchException("CUDA error: device-side assert triggered")));
        Assert.False(OutOfMemory.Is(new InvalidOperationException("out of memory")));
        using var engine = Open();
        engine.Load(Golden.Adapter, Golden.Trainables);
        engine.Batches.Starting = _ => throw new LibtorchException("CUDA error: device-side assert triggered");
        var sink = new SumCollector(1, Golden.Trainables.Count);
        Assert.Throws<LibtorchException>(() => engine.Gradients(Parameters, Golden.Examples, sink));
        Assert.Equal(0, sink.Calls);
    }

    [Fact]
    public void Where_memory_runs_out_the_micro_batch_is_halved_and_the_sum_is_the_same()
    {
        using var engine = Open();
        engine.Load(Golden.Adapter, Golden.Trainables);
        var (expected, actual) = (Sink(), Sink());
        engine.Gradients(Parameters, Golden.Examples, expected);
        var sizes = new List<int>();
        engine.Batches.Starting = size =>
        {
            sizes.Add(size);
            if (size > 2)
            {
                throw new LibtorchException(CudaText);
            }
        };
        engine.Gradients(Parameters, Golden.Examples, actual);
        Assert.Equal(Golden.Examples.Length, actual.Counts.Examples);
        Assert.Equal(expected.Counts, actual.Counts);
        Assert.InRange(expected.Distance(actual), 0, 1e-5);
        Assert.True(sizes[0] > 2);
        Assert.InRange(sizes[^1], 1, 2);

        // What was learnt holds for the next step: no attempt is too large again.
        sizes.Clear();
        engine.Gradients(Parameters, Golden.Examples, Sink());
        Assert.All(sizes, size => Assert.InRange(size, 1, 2));

        // And for gradients alone, which need more than predictions do.
        engine.Evaluate(Parameters, Golden.Examples, new Prediction[Golden.Examples.Length]);
        sizes.Clear();
        engine.Gradients(Parameters, Golden.Examples, Sink());
        Assert.All(sizes, size => Assert.InRange(size, 1, 2));
        var predictions = new Prediction[Golden.Examples.Length];
        engine.Batches.Starting = null;
        engine.Evaluate(Parameters, Golden.Examples, predictions);
        Assert.All(predictions, p => Assert.InRange(p.Loss, 1e-9f, 100));
    }

    [Fact]
    public void An_example_that_does_not_fit_alone_is_explained()
    {
        using var engine = Open();
        engine.Load(Golden.Adapter, Golden.Trainables);
        engine.Batches.Starting = _ => throw new LibtorchException(CudaText);
        var sink = Sink();
        var error = Assert.Throws<EngineException>(() => engine.Gradients(Parameters, Golden.Examples, sink));
        var longest = Golden.Examples.Max(e => e.Tokens.Length);
        Assert.Contains($"one example of {longest} tokens", error.Message);
        Assert.Contains("4 layers and width 192", error.Message);
        Assert.Contains("the allocation of 2.50 GiB failed", error.Message);
        Assert.Contains("are free", error.Message);
        foreach (var way in new[] { "--recompute", "--precision bf16", "baseFormat int8 or nf4", "task.tokensMax" })
        {
            Assert.Contains(way, error.Advice);
        }

        Assert.Equal((0, 0), (sink.Calls, sink.Counts.Examples));
    }

    [Fact]
    public void Little_memory_means_small_micro_batches_and_the_same_gradients()
    {
        using var wide = Open();
        using var narrow = Open(new TorchEngineOptions { MemoryBytesMax = wide.WeightBytes + 1 });
        wide.Load(Golden.Adapter, Golden.Trainables);
        narrow.Load(Golden.Adapter, Golden.Trainables);
        var sizes = new List<int>();
        narrow.Batches.Starting = sizes.Add;
        var expected = EnginePair.Rows(wide, Golden.Trainables, Parameters, Golden.Examples);
        var actual = EnginePair.Rows(narrow, Golden.Trainables, Parameters, Golden.Examples);
        Assert.Equal(Golden.Examples.Length, sizes.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.InRange(EnginePair.Difference(expected[i], actual[i]), 0, 1e-5);
        }
    }

    [Fact]
    public void Less_memory_than_the_weights_take_is_refused_with_the_least()
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        long weights;
        using (var engine = Open())
        {
            weights = engine.WeightBytes;
        }

        var error = Assert.Throws<EngineException>(() => Open(new TorchEngineOptions { MemoryBytesMax = weights }));
        var least = (weights >> 20) + 1;
        Assert.Contains($"device memory is {weights >> 20} MiB; expected at least {least}", error.Message);
        Assert.Contains($"--device-memory more than {least}", error.Advice);
        Open(new TorchEngineOptions { MemoryBytesMax = least << 20 }).Dispose();
        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_device_that_does_not_tell_what_is_free_hides_nothing()
    {
        Assert.Equal("3 MiB are free", OutOfMemory.Free(() => new(8 << 20, 3 << 20)));
        Assert.Equal(
            "how much is free is not known: NVIDIA's driver answers with error 700",
            OutOfMemory.Free(() => throw new EngineException("NVIDIA's driver answers with error 700", "see it")));
    }

    [Fact]
    public void What_the_allocator_keeps_is_asked_back_by_a_request_that_it_refuses() =>
        TorchDevice.ReleaseUnused(torch.CPU);

    private static float[] Parameters => Golden.Adapter.ToSingle(Golden.Trainables);

    private static SumCollector Sink() => new(1, Golden.Trainables.Count);

    private static TorchEngine Open(TorchEngineOptions? options = null) =>
        TorchEngine.Open(RepositoryFiles.Path("samples", "base"), options);

    /// <summary>What TorchSharp throws is of a type that only a run-time may throw.</summary>
    private sealed class LibtorchException(string text) : ExternalException(text);
}
