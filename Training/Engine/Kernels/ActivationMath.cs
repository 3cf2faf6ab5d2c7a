using System.Runtime.Intrinsics;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>The feed-forward layer's non-linearity, with its derivative where a backward pass follows.</summary>
internal static unsafe class ActivationMath
{
    /// <summary>x = f(x) in place, and derivative = f'(x) unless it is null.</summary>
    /// <remarks>Works in whole vectors: the buffers have room for <see cref="Softmax.Padding"/> more values.</remarks>
    public static void Apply(EncoderActivation activation, float* x, float* derivative, long count)
    {
        for (var i = 0L; i < count; i += Vector512<float>.Count)
        {
            var value = Vector512.Load(x + i);
            var (y, slope) = activation switch
            {
                EncoderActivation.Gelu => Gelu(value),
                EncoderActivation.GeluTanh => GeluTanh(value),
                _ => Relu(value),
            };
            Vector512.Store(y, x + i);
            if (derivative != null)
            {
                Vector512.Store(slope, derivative + i);
            }
        }
    }

    /// <summary>
    /// x Phi(x) and Phi(x) + x phi(x). Phi by Abramowitz and Stegun, formula 7.1.26 (absolute error 1.5e-7), whose
    /// exponential is also that of phi.
    /// </summary>
    private static (Vector512<float> Value, Vector512<float> Slope) Gelu(Vector512<float> x)
    {
        const float InverseRootTwo = 0.70710678118654752f;
        const float InverseRootTwoPi = 0.39894228040143268f;
        var z = Vector512.Abs(x) * InverseRootTwo;
        var exponential = VectorMath.Exp(-(z * z));
        var t = Vector512<float>.One / (Vector512<float>.One + (z * 0.3275911f));
        var polynomial = Vector512.Create(1.061405429f);
        polynomial = (polynomial * t) - Vector512.Create(1.453152027f);
        polynomial = (polynomial * t) + Vector512.Create(1.421413741f);
        polynomial = (polynomial * t) - Vector512.Create(0.284496736f);
        polynomial = (polynomial * t) + Vector512.Create(0.254829592f);
        var tail = polynomial * t * exponential * 0.5f;
        var isNegative = Vector512.LessThan(x, Vector512<float>.Zero);
        var phi = Vector512.ConditionalSelect(isNegative, tail, Vector512<float>.One - tail);
        return (x * phi, phi + (x * exponential * InverseRootTwoPi));
    }

    /// <summary>The tanh form (arXiv 1606.08415, section 2), with tanh u = 1 - 2 / (1 + exp 2u).</summary>
    private static (Vector512<float> Value, Vector512<float> Slope) GeluTanh(Vector512<float> x)
    {
        const float RootTwoOverPi = 0.79788456080286536f;
        const float Cubic = 0.044715f;
        // Beyond 10 the tanh is 1 to the last bit, while powers of x may overflow.
        var near = Vector512.Min(Vector512.Max(x, Vector512.Create(-10f)), Vector512.Create(10f));
        var inner = (near + (near * near * near * Cubic)) * RootTwoOverPi;
        var tanh = Vector512<float>.One - (Vector512.Create(2f) / (Vector512<float>.One + VectorMath.Exp(inner * 2)));
        var half = (Vector512<float>.One + tanh) * 0.5f;
        var innerSlope = (Vector512<float>.One + (near * near * (3 * Cubic))) * RootTwoOverPi;
        return (x * half, half + (near * (Vector512<float>.One - (tanh * tanh)) * innerSlope * 0.5f));
    }

    private static (Vector512<float> Value, Vector512<float> Slope) Relu(Vector512<float> x)
    {
        var positive = Vector512.GreaterThan(x, Vector512<float>.Zero);
        var slope = Vector512.ConditionalSelect(positive, Vector512<float>.One, Vector512<float>.Zero);
        return (Vector512.Max(x, Vector512<float>.Zero), slope);
    }
}
