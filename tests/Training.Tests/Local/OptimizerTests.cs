using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Local;

namespace FedLowRank.Training.Tests.Local;

/// <summary>The optimizers against their formulas, written out in float64.</summary>
public sealed class OptimizerTests
{
    [Fact]
    public void Plain_sgd_moves_against_the_gradient_by_the_rate()
    {
        float[] parameters = [1, -2];
        new SgdMomentum(2, 0.5, momentum: 0).Step(parameters, [4, -1]);
        Assert.Equal([-1f, -1.5f], parameters);
    }

    [Fact]
    public void Momentum_adds_up_earlier_gradients()
    {
        float[] parameters = [0];
        var optimizer = new SgdMomentum(1, 1, momentum: 0.5);
        foreach (var gradient in (float[])[8, 4, 2])
        {
            optimizer.Step(parameters, [gradient]);
        }

        // Velocities 8, 4 + 4, 2 + 4.
        Assert.Equal(-22f, parameters[0]);
    }

    [Fact]
    public void The_first_step_of_adam_is_the_rate_whatever_the_size_of_the_gradient()
    {
        float[] parameters = [0, 0, 0];
        new Adam(3, 0.25).Step(parameters, [1e-3f, -7, 0]);
        Assert.Equal(-0.25, parameters[0], 1e-5);
        Assert.Equal(0.25, parameters[1], 1e-5);
        Assert.Equal(0, parameters[2]);
    }

    [Fact]
    public void Adam_follows_its_formula_over_many_steps()
    {
        const double Rate = 0.01, Beta1 = 0.8, Beta2 = 0.95;
        var random = new Random(1);
        var optimizer = new Adam(1, Rate, Beta1, Beta2);
        float[] parameters = [0.5f];
        var (expected, m, v) = (0.5, 0.0, 0.0);
        for (var t = 1; t <= 200; t++)
        {
            var gradient = (float)random.NextDouble() - 0.4f;
            optimizer.Step(parameters, [gradient]);
            m = (Beta1 * m) + ((1 - Beta1) * gradient);
            v = (Beta2 * v) + ((1 - Beta2) * gradient * gradient);
            expected -= Rate * (m / (1 - Math.Pow(Beta1, t))) / (Math.Sqrt(v / (1 - Math.Pow(Beta2, t))) + 1e-8);
        }

        Assert.Equal(expected, parameters[0], 1e-4);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Adam)]
    public void A_step_allocates_nothing_and_an_optimizer_starts_without_history(OptimizerKind kind)
    {
        var settings = new OptimizerSettings { Kind = kind, LearningRate = 0.1, Momentum = 0.9 };
        var (used, fresh) = (settings.Create(64), settings.Create(64));
        var (parameters, gradient) = (new float[64], new float[64]);
        Array.Fill(gradient, 1f);
        used.Step(parameters, gradient);
        var before = GC.GetAllocatedBytesForCurrentThread();
        used.Step(parameters, gradient);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        var (first, second) = (new float[64], new float[64]);
        fresh.Step(first, gradient);
        settings.Create(64).Step(second, gradient);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(-1, 0.9)]
    [InlineData(double.NaN, 0.9)]
    [InlineData(double.PositiveInfinity, 0.9)]
    [InlineData(0.1, 1)]
    [InlineData(0.1, -0.1)]
    [InlineData(0.1, double.NaN)]
    public void Settings_outside_their_limits_are_refused(double rate, double momentum)
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var settings = new OptimizerSettings { Kind = kind, LearningRate = rate, Momentum = momentum };
            Assert.Throws<ArgumentOutOfRangeException>(() => settings.Create(1));
        }
    }

    [Fact]
    public void A_gradient_of_another_length_is_refused()
    {
        foreach (IOptimizer optimizer in (IOptimizer[])[new SgdMomentum(2, 1, 0), new Adam(2, 1)])
        {
            Assert.Throws<ArgumentException>(() => optimizer.Step(new float[2], new float[3]));
            Assert.Throws<ArgumentException>(() => optimizer.Step(new float[3], new float[3]));
        }
    }
}
