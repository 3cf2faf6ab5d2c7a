// Goal: a lack of memory is learnt from, and forgotten step by step once there is memory again. Method: the limit by
// itself; then an engine that is short of memory for a while.
using System.Runtime.InteropServices;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch.Steps;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class MemoryLimitTests
{
    [Fact]
    public void It_climbs_back_the_way_it_fell_a_rung_after_every_few_steps()
    {
        var limit = new MemoryLimit(100);
        limit.Fall(50);
        limit.Fall(25);
        Assert.Equal(MemoryLimit.Patience, StepsUntilItMoves(limit));
        Assert.Equal(50, limit.Bytes);
        Assert.Equal(MemoryLimit.Patience, StepsUntilItMoves(limit));
        Assert.Equal(100, limit.Bytes);
        Assert.Equal(-1, StepsUntilItMoves(limit));
        Assert.Equal(100, limit.Bytes);
    }

    [Fact]
    public void A_trial_that_fails_makes_the_next_one_rarer_and_one_that_holds_makes_it_usual_again()
    {
        var limit = new MemoryLimit(100);
        limit.Fall(50);
        var patience = MemoryLimit.Patience;
        for (var trial = 0; trial < 12; trial++)
        {
            Assert.Equal(patience, StepsUntilItMoves(limit));
            Assert.Equal(100, limit.Bytes);
            limit.Fall(50);
            patience = Math.Min(2 * patience, MemoryLimit.PatienceMax);
        }

        Assert.Equal(MemoryLimit.PatienceMax, patience);
        Assert.Equal(patience, StepsUntilItMoves(limit));
        Assert.Equal(-1, StepsUntilItMoves(limit));
        limit.Fall(50);
        Assert.Equal(MemoryLimit.Patience, StepsUntilItMoves(limit));
    }

    [Fact]
    public void It_never_rises_by_a_fall() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryLimit(100).Fall(100));

    [Fact]
    public void An_engine_takes_large_micro_batches_again_once_there_is_memory_again_and_each_kind_of_work_by_itself()
    {
        using var pair = new EnginePair(TinyDecoder.Config("llama"), "");
        var adapter = TinyDecoder.Adapter(pair.Cpu, isClassifier: true);
        var layout = TinyDecoder.Everything(adapter);
        pair.Torch.Load(adapter, layout);
        var (parameters, examples) = (new float[layout.Count], TinyDecoder.Examples(isClassifier: true));
        var (sizes, rowsMax) = (new List<int>(), int.MaxValue);
        pair.Torch.Batches.Starting = rows =>
        {
            sizes.Add(rows);
            if (rows > rowsMax) throw new LibtorchException();
        };

        int LargestOfStep()
        {
            sizes.Clear();
            pair.Torch.Gradients(parameters, examples, new SumCollector(1, layout.Count));
            return sizes.Max();
        }

        var planned = LargestOfStep();
        Assert.InRange(planned, 8, int.MaxValue);
        rowsMax = 2;
        LargestOfStep();
        Assert.InRange(LargestOfStep(), 1, 2);

        rowsMax = int.MaxValue;
        sizes.Clear();
        pair.Torch.Evaluate(parameters, examples, new Prediction[examples.Length]);
        Assert.Equal([examples.Length], sizes);
        var steps = Enumerable.Range(0, 12 * MemoryLimit.Patience).Select(_ => LargestOfStep()).ToList();
        Assert.All(steps[..(MemoryLimit.Patience - 2)], rows => Assert.InRange(rows, 1, 2));
        Assert.Equal(steps.Order(), steps);
        Assert.Equal(planned, steps[^1]);
    }

    /// <summary>Steps that go well until one begins with another limit; -1 where none does.</summary>
    private static int StepsUntilItMoves(MemoryLimit limit)
    {
        var before = limit.Bytes;
        for (var steps = 0; steps <= 2 * MemoryLimit.PatienceMax; steps++)
        {
            limit.Begin();
            if (limit.Bytes != before) return steps;
            limit.End();
        }

        return -1;
    }

    /// <summary>What TorchSharp throws is of a type that only a run-time may throw.</summary>
    private sealed class LibtorchException() : ExternalException("CUDA out of memory");
}
