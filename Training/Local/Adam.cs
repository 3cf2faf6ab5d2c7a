using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Local;

/// <summary>
/// Adam with bias correction (Kingma and Ba, arXiv 1412.6980, algorithm 1):
/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w = w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
/// </summary>
public sealed class Adam : IOptimizer
{
    private const float Epsilon = 1e-8f;

    private readonly double rate;
    private readonly double beta1;
    private readonly double beta2;
    private readonly float[] first;
    private readonly float[] second;

    /// <summary>b1 to the power t; after t steps the first moment's bias is 1 minus it.</summary>
    private double power1 = 1;
    private double power2 = 1;

    /// <summary>Creates an optimizer with no history.</summary>
    /// <param name="count">Number of trained values.</param>
    /// <param name="learningRate">Positive and finite.</param>
    /// <param name="beta1">Decay of the first moment, at least 0 and below 1.</param>
    /// <param name="beta2">Decay of the second moment, at least 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its limits.</exception>
    public Adam(int count, double learningRate, double beta1 = 0.9, double beta2 = 0.999)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        OptimizerLimits.RequirePositive(learningRate);
        OptimizerLimits.RequireFraction(beta1);
        OptimizerLimits.RequireFraction(beta2);
        rate = learningRate;
        this.beta1 = beta1;
        this.beta2 = beta2;
        first = new float[count];
        second = new float[count];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A length is not the number of trained values.</exception>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient)
    {
        OptimizerLimits.RequireLengths(first.Length, parameters.Length, gradient.Length);
        power1 *= beta1;
        power2 *= beta2;
        var stepSize = (float)(rate / (1 - power1));
        var secondScale = (float)(1 / (1 - power2));
        var (keep1, take1) = ((float)beta1, (float)(1 - beta1));
        var (keep2, take2) = ((float)beta2, (float)(1 - beta2));
        for (var i = 0; i < first.Length; i++)
        {
            var g = gradient[i];
            first[i] = (keep1 * first[i]) + (take1 * g);
            second[i] = (keep2 * second[i]) + (take2 * g * g);
            parameters[i] -= stepSize * first[i] / (MathF.Sqrt(second[i] * secondScale) + Epsilon);
        }
    }
}
