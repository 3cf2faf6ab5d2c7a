// Goal: a training step in its steady state allocates nothing. Method: after some steps to warm up, the bytes that the
// engine's threads allocated between the first and the last call of the sink within each further step. Pauses of the
// pool's threads between steps do not count, so other tests may run beside.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Engine;

namespace FedLowRank.Training.Tests.Engine;

public sealed class AllocationTests
{
    private const int StepsBefore = 3;
    private const int StepsCounted = 5;

    // What the runtime's monitors take when one worker waits for the other.
    private const long BytesMax = 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_of_the_encoder_allocates_nothing(int workers)
    {
        var golden = GoldenBase.Instance;
        using var engine = GoldenBase.OpenEngine(Options(workers));
        Check(engine, golden.Adapter, golden.Trainables, golden.Examples, workers);
    }

    [Theory]
    [InlineData("llama", false, 1)]
    [InlineData("llama", false, 2)]
    [InlineData("llama", true, 1)]
    [InlineData("gpt2", false, 1)]
    public void A_step_of_a_decoder_allocates_nothing(string kind, bool isClassifier, int workers)
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config(kind), Options(workers));
        var adapter = TinyDecoder.Adapter(engine, isClassifier);
        Check(engine, adapter, TinyDecoder.Everything(adapter), TinyDecoder.Examples(isClassifier), workers);
    }

    private static CpuEngineOptions Options(int workers) => new() { Workers = workers, MicroBatchTokensMax = 32 };

    private static void Check(
        CpuEngine engine, Adapter adapter, TensorLayout trainables, TokenizedExample[] examples, int workers)
    {
        engine.Load(adapter, trainables);
        var parameters = new float[trainables.Count];
        TokenizedExample[] batch = [.. examples, .. examples, .. examples];
        var meter = new Meter(trainables.Count);
        for (var step = 0; step < StepsBefore; step++)
        {
            engine.Gradients(parameters, batch, meter);
        }

        meter.Bytes = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < StepsCounted; step++)
        {
            meter.StartStep();
            engine.Gradients(parameters, batch, meter);
        }

        var caller = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(Math.Max(caller, meter.Bytes), 0, workers == 1 ? 0 : BytesMax);
        Assert.True(meter.Calls > StepsCounted * workers, "too few micro-batches to see anything");
    }

    /// <summary>A sink that reads how much its caller's thread has allocated. Called by one thread at a time.</summary>
    private sealed class Meter(int dimension) : IGradientSink
    {
        private readonly Dictionary<int, long> bytesByThread = new(64);

        public int Dimension => dimension;

        public long Bytes { get; set; }

        public int Calls { get; private set; }

        public void StartStep() => bytesByThread.Clear();

        public void AddRows(ReadOnlySpan<float> rows)
        {
            var now = GC.GetAllocatedBytesForCurrentThread();
            if (bytesByThread.TryGetValue(Environment.CurrentManagedThreadId, out var before))
            {
                Bytes += now - before;
            }

            bytesByThread[Environment.CurrentManagedThreadId] = now;
            Calls++;
        }
    }
}
