using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Local;

/// <summary>
/// Stochastic gradient descent with momentum: v = m v + g, then w = w - rate v, with v = 0 at the start (Polyak's heavy
/// ball in the form that PyTorch's SGD has, without dampening). Momentum 0 is plain SGD.
/// </summary>
public sealed class SgdMomentum : IOptimizer
{
    private readonly float rate;
    private readonly float momentum;
    private readonly float[] velocity;

    /// <summary>Creates an optimizer with no history.</summary>
    /// <param name="count">Number of trained values.</param>
    /// <param name="learningRate">Positive and finite.</param>
    /// <param name="momentum">At least 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its limits.</exception>
    public SgdMomentum(int count, double learningRate, double momentum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        OptimizerLimits.RequirePositive(learningRate);
        OptimizerLimits.RequireFraction(momentum);
        rate = (float)learningRate;
        this.momentum = (float)momentum;
        velocity = new float[count];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A length is not the number of trained values.</exception>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient)
    {
        OptimizerLimits.RequireLengths(velocity.Length, parameters.Length, gradient.Length);
        for (var i = 0; i < velocity.Length; i++)
        {
            velocity[i] = (momentum * velocity[i]) + gradient[i];
            parameters[i] -= rate * velocity[i];
        }
    }
}
