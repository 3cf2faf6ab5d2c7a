using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Tests;
using FedLowRank.Training.Local;

namespace FedLowRank.Training.Tests.Local;

/// <summary>
/// Ordinary training is repeatable and follows the mean gradient; its update leaves only where nothing is private.
/// </summary>
public sealed class PlainTrainerTests
{
    private static readonly OptimizerSettings PlainSgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.5 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static float[] Train(TrainingBench bench, PlainRound round, TokenizedExample[] examples, ulong seed = 1) =>
        new PlainTrainer(bench.Engine)
            .Train(bench.Start, examples, round, new SeededSequence(seed, "order"), Token).Difference.ToArray();

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_does_not()
    {
        var bench = new TrainingBench();
        var round = new PlainRound { Steps = 20, Batch = 8, Optimizer = PlainSgd };
        var examples = TrainingBench.Examples(60);
        Assert.Equal(Train(bench, round, examples), Train(new TrainingBench(), round, examples));
        Assert.NotEqual(Train(bench, round, examples), Train(bench, round, examples, seed: 2));
    }

    [Fact]
    public void One_step_on_everything_is_the_rate_times_the_finite_difference_of_the_mean_loss()
    {
        var bench = new TrainingBench(trainsA: true);
        var examples = TrainingBench.Examples(12);
        var update = Train(bench, new PlainRound { Steps = 1, Batch = 100, Optimizer = PlainSgd }, examples);
        const float H = 1e-2f;
        for (var i = 0; i < update.Length; i += 7)
        {
            var slope = (LossAt(i, H) - LossAt(i, -H)) / (2 * H);
            Assert.Equal(-0.5 * slope, update[i], 2e-4);
        }

        double LossAt(int index, float shift)
        {
            var moved = bench.Start.ToArray();
            moved[index] += shift;
            return Evaluator.Measure(bench.Engine, moved, examples, TrainingBench.Labels, Token).Loss;
        }
    }

    [Fact]
    public void A_long_gradient_is_scaled_down_and_a_short_one_left_alone()
    {
        var bench = new TrainingBench();
        var examples = TrainingBench.Examples(12);
        PlainRound Round(double max) => new() { Steps = 1, Batch = 12, GradientNormMax = max, Optimizer = PlainSgd };
        var free = Train(bench, Round(double.PositiveInfinity), examples);
        Assert.Equal(free, Train(bench, Round(1e3), examples));

        var held = Train(bench, Round(1e-3), examples);
        Assert.Equal(0.5e-3, Math.Sqrt(held.Sum(v => (double)v * v)), 1e-8);
        var cosine = held.Zip(free).Sum(p => (double)p.First * p.Second)
            / Math.Sqrt(held.Sum(v => (double)v * v) * free.Sum(v => (double)v * v));
        Assert.Equal(1, cosine, 1e-6);
    }

    [Fact]
    public void An_agent_without_examples_learns_nothing() =>
        Assert.All(
            Train(new TrainingBench(), new PlainRound { Steps = 3, Batch = 4, Optimizer = PlainSgd }, []),
            v => Assert.Equal(0, v));

    [Theory]
    [InlineData(10, 3, 20)]
    [InlineData(7, 7, 4)]
    [InlineData(5, 4, 9)]
    public void Every_example_is_seen_equally_often_to_within_one(int count, int batch, int batchCount)
    {
        var batches = new ShuffledBatches(count, batch, new SeededSequence(3, "test"));
        var seen = new int[count];
        for (var i = 0; i < batchCount; i++)
        {
            foreach (var index in batches.Next())
            {
                seen[index]++;
            }
        }

        Assert.InRange(seen.Max() - seen.Min(), 0, 1);
        Assert.Equal(batch * batchCount, seen.Sum());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void An_update_without_noise_is_not_sent_where_anybody_wants_privacy(bool run, bool owner)
    {
        var grid = UpdateGrid.ForBound(new TrainingBench().Layout, 8);
        var update = new PlainUpdate(new float[grid.Layout.Count]);
        var policy = new UploadPolicy { RunIsPrivate = run, OwnerWantsPrivacy = owner };
        Assert.Throws<InvalidOperationException>(() => SendableUpdate.From(update, grid, policy));
    }

    [Fact]
    public void What_is_sent_lies_on_the_grid_and_counts_what_was_cut()
    {
        var grid = UpdateGrid.ForBound(new TrainingBench().Layout, 0.25);
        var difference = new float[grid.Layout.Count];
        (difference[0], difference[1], difference[2]) = (0.3f, -7f, 0.1f);
        var policy = new UploadPolicy { RunIsPrivate = false, OwnerWantsPrivacy = false };
        var sent = SendableUpdate.From(new PlainUpdate(difference), grid, policy);
        Assert.Null(grid.Check(sent.Values));
        Assert.Equal(2, sent.SaturatedCount);
        Assert.Equal([0.25f, -0.25f], sent.Values[..2].ToArray());
        Assert.Equal(0.1, sent.Values[2], 1e-7);
    }

    [Fact]
    public void A_private_update_can_always_be_sent()
    {
        var bench = new TrainingBench();
        var round = new PrivateRound(
            new PrivateSchedule(50, 10, 1, 2), new ClipNorm(1), new NoiseMultiplier(1), PlainSgd);
        var update = new PrivateTrainer(bench.Engine, new SeededRandomSource(9))
            .Train(bench.Start, TrainingBench.Examples(50), round, Token);
        Assert.Null(UpdateGrid.ForBound(bench.Layout, 8).Check(
            SendableUpdate.From(update, UpdateGrid.ForBound(bench.Layout, 8)).Values));
    }
}
