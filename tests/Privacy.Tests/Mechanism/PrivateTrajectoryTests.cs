// Goal: a trajectory moves by noised sums over the public expected batch, by nothing else, and says what it spent.
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Tests.Mechanism;

public class PrivateTrajectoryTests
{
    private static readonly NoiseMultiplier Sigma = new(0.8);

    [Fact]
    public void The_gradient_is_the_noised_sum_over_the_expected_batch_whatever_the_realised_size()
    {
        // 3 of an expected 20 examples were drawn.
        var sink = new ClippedSumAccumulator(new ClipNorm(1), 4);
        sink.AddRows([0.5f, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 0.5f, 0]);
        var sum = sink.Take().AddNoise(Sigma, new SeededSource(1));
        var optimizer = new Sgd(1);
        var trajectory = new PrivateTrajectory([1, 2, 3, 4], new PrivateSchedule(100, 20, 1, 1));
        trajectory.Apply(sum, optimizer);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((float)(sum.Values[i] / 20), optimizer.LastGradient[i]);
            Assert.Equal(1 + i - optimizer.LastGradient[i], trajectory.Parameters[i], 1e-6f);
        }
    }

    [Fact]
    public void Without_gradients_the_squared_length_is_that_of_the_noise()
    {
        // Sum over T steps of (rate sigma C / batch)^2 d; its relative standard deviation is sqrt(2 / d) = 0.6 %.
        const int Dimension = 50_000, Steps = 5;
        var schedule = new PrivateSchedule(1000, 50, 1, Steps);
        var trajectory = new PrivateTrajectory(new float[Dimension], schedule);
        var sink = new ClippedSumAccumulator(new ClipNorm(1.5), Dimension);
        var optimizer = new Sgd(0.3);
        for (var step = 0; step < Steps; step++)
        {
            sink.AddRows(new float[3 * Dimension]);
            trajectory.Apply(sink.Take().AddNoise(Sigma, new SeededSource(step)), optimizer);
        }

        var squared = trajectory.Finish().Difference.ToArray().Sum(v => (double)v * v);
        var expected = Steps * Dimension * Math.Pow(0.3 * 0.8 * 1.5 / 50, 2);
        Assert.InRange(squared / expected, 0.97, 1.03);
    }

    [Fact]
    public void An_empty_batch_is_a_step_with_noise_that_counts()
    {
        var trajectory = new PrivateTrajectory(new float[100], new PrivateSchedule(1000, 10, 1, 2));
        trajectory.Apply(
            new ClippedSumAccumulator(new ClipNorm(1), 100).Take().AddNoise(Sigma, new SeededSource(1)), new Sgd(1));
        var update = trajectory.Finish();

        // Each value is zero with chance below 2^-20.
        Assert.Equal(100, update.Difference.ToArray().Count(v => v != 0), 1.0);
        Assert.Equal([new MechanismEvent(0.01, 0.8, 1)], update.Spent.AsEnumerable());
    }

    [Fact]
    public void The_update_is_the_difference_from_the_start_with_what_was_spent()
    {
        var trajectory = new PrivateTrajectory([10, -10], new PrivateSchedule(200, 50, 7, 3));
        var optimizer = new Sgd(1);
        foreach (var sigma in new[] { 0.8, 2, 0.8 })
        {
            trajectory.Apply(Noised(2, sigma), optimizer);
        }

        var expected = new[] { trajectory.Parameters[0] - 10, trajectory.Parameters[1] + 10 };
        var update = trajectory.Finish();
        Assert.Equal(expected, update.Difference.ToArray());
        Assert.Equal(
            [new MechanismEvent(0.25, 0.8, 2), new MechanismEvent(0.25, 2, 1)],
            update.Spent.OrderBy(spent => spent.Sigma));
    }

    [Fact]
    public void No_step_is_no_change_and_costs_nothing()
    {
        var update = new PrivateTrajectory([1, 2], new PrivateSchedule(10, 5, 1, 1)).Finish();

        Assert.Equal([0, 0], update.Difference.ToArray());
        Assert.Empty(update.Spent);
    }

    [Fact]
    public void More_steps_than_the_schedule_has_are_refused_before_anything_moves()
    {
        var trajectory = new PrivateTrajectory([1, 2], new PrivateSchedule(10, 5, 100, 1));
        trajectory.Apply(Noised(2, 1), new Sgd(1));
        var before = trajectory.Parameters.ToArray();

        Assert.Throws<InvalidOperationException>(() => trajectory.Apply(Noised(2, 1), new Sgd(1)));
        Assert.Equal(before, trajectory.Parameters.ToArray());
    }

    [Fact]
    public void A_sum_of_another_length_is_refused()
    {
        var trajectory = new PrivateTrajectory([1, 2], new PrivateSchedule(10, 5, 1, 1));

        Assert.Throws<ArgumentException>(() => trajectory.Apply(Noised(3, 1), new Sgd(1)));
    }

    [Fact]
    public void A_finished_trajectory_stays_finished()
    {
        var trajectory = new PrivateTrajectory([1, 2], new PrivateSchedule(10, 5, 1, 1));
        trajectory.Finish();

        Assert.Throws<InvalidOperationException>(() => trajectory.Apply(Noised(2, 1), new Sgd(1)));
        Assert.Throws<InvalidOperationException>(trajectory.Finish);
    }

    private static NoisedSum Noised(int dimension, double sigma) =>
        new ClippedSumAccumulator(new ClipNorm(1), dimension).Take()
            .AddNoise(new NoiseMultiplier(sigma), new SeededSource(dimension));

    private sealed class Sgd(double rate) : IOptimizer
    {
        public float[] LastGradient { get; private set; } = [];

        public void Step(Span<float> parameters, ReadOnlySpan<float> gradient)
        {
            LastGradient = gradient.ToArray();
            for (var i = 0; i < parameters.Length; i++)
            {
                parameters[i] -= (float)(rate * gradient[i]);
            }
        }
    }
}
