using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Tests;
using FedLowRank.Training.Local;

namespace FedLowRank.Training.Tests.Local;

/// <summary>One agent's DP-SGD round: what it costs, what it divides by, and that empty batches are steps.</summary>
public sealed class PrivateTrainerTests
{
    private static readonly OptimizerSettings PlainSgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.5 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static PrivateRound Round(PrivateSchedule schedule, double sigma, double clip = 1) =>
        new(schedule, new ClipNorm(clip), new NoiseMultiplier(sigma), PlainSgd);

    private static double Norm(ReadOnlySpan<float> values)
    {
        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (double)value * value;
        }

        return Math.Sqrt(squares);
    }

    [Fact]
    public void An_agent_without_examples_takes_every_step_and_sends_noise_of_the_right_size()
    {
        const int Steps = 9, Batch = 16;
        const double Sigma = 2, Clip = 3;
        var bench = new TrainingBench();
        var schedule = new PrivateSchedule(100, Batch, rounds: 5, Steps);
        var update = new PrivateTrainer(bench.Engine, new SeededRandomSource(4))
            .Train(bench.Start, ReadOnlyMemory<TokenizedExample>.Empty, Round(schedule, Sigma, Clip), Token);

        Assert.Equal(Enumerable.Repeat(0, Steps), bench.Engine.BatchSizes);
        Assert.Equal([new MechanismEvent(0.16, Sigma, Steps)], update.Spent);
        var expected = 0.5 * Sigma * Clip / Batch * Math.Sqrt(Steps * bench.Layout.Count);
        Assert.InRange(Norm(update.Difference) / expected, 0.8, 1.2);
    }

    [Fact]
    public void The_sum_is_divided_by_the_declared_batch_whatever_the_number_of_rows()
    {
        // Everything is drawn (nominal n = batch = 10), and all 200 gradients are clipped to far below their length.
        const double Clip = 1e-3;
        var bench = new TrainingBench();
        var one = TrainingBench.Examples(1)[0];
        var schedule = new PrivateSchedule(10, 10, rounds: 1, localSteps: 1);
        var update = new PrivateTrainer(bench.Engine, new SeededRandomSource(5))
            .Train(bench.Start, Enumerable.Repeat(one, 200).ToArray(), Round(schedule, 0.01, Clip), Token);

        Assert.Equal([200], bench.Engine.BatchSizes);
        Assert.Equal(0.5 * 200 * Clip / 10, Norm(update.Difference), 1e-5);
    }

    [Fact]
    public void Batches_are_drawn_anew_at_the_declared_rate()
    {
        var bench = new TrainingBench();
        var schedule = new PrivateSchedule(1000, 100, rounds: 1, localSteps: 40);
        new PrivateTrainer(bench.Engine, new SeededRandomSource(6))
            .Train(bench.Start, TrainingBench.Examples(500), Round(schedule, 1), Token);

        // Binomial(500, 0.1), forty times: mean 50, standard error 1.06.
        Assert.InRange(bench.Engine.BatchSizes.Average(), 44, 56);
        Assert.True(bench.Engine.BatchSizes.Distinct().Count() > 5);
    }

    [Fact]
    public void With_little_noise_it_learns()
    {
        var bench = new TrainingBench();
        var examples = TrainingBench.Examples(400);
        var schedule = new PrivateSchedule(400, 100, rounds: 1, localSteps: 60);
        var update = new PrivateTrainer(bench.Engine, new SeededRandomSource(7))
            .Train(bench.Start, examples, Round(schedule, 0.01), Token);

        var before = Evaluator.Measure(bench.Engine, bench.Start, examples, TrainingBench.Labels, Token);
        var trained = new float[bench.Start.Length];
        for (var i = 0; i < trained.Length; i++)
        {
            trained[i] = bench.Start[i] + update.Difference[i];
        }

        var after = Evaluator.Measure(bench.Engine, trained, examples, TrainingBench.Labels, Token);
        Assert.True(after.Loss < before.Loss - 0.2, $"loss {before.Loss} -> {after.Loss}");
        Assert.True(after.Accuracy > 0.8, $"accuracy {after.Accuracy}");
    }

    [Fact]
    public void Two_runs_with_the_cryptographic_source_differ()
    {
        var bench = new TrainingBench();
        var round = Round(new PrivateSchedule(50, 10, 1, 1), 1);
        var trainer = new PrivateTrainer(bench.Engine, new CryptographicRandomSource());
        var first = trainer.Train(bench.Start, TrainingBench.Examples(50), round, Token).Difference.ToArray();
        var second = trainer.Train(bench.Start, TrainingBench.Examples(50), round, Token).Difference.ToArray();
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void A_cancelled_round_sends_nothing()
    {
        var bench = new TrainingBench();
        var round = Round(new PrivateSchedule(50, 10, 1, 5), 1);
        Assert.Throws<OperationCanceledException>(() => new PrivateTrainer(bench.Engine, new SeededRandomSource(8))
            .Train(bench.Start, TrainingBench.Examples(50), round, new CancellationToken(canceled: true)));
        Assert.Empty(bench.Engine.BatchSizes);
    }
}
