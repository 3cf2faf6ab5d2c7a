using System.Numerics;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>The feed-forward layer's non-linearity, with its derivative where a backward pass follows.</summary>
internal static unsafe class ActivationMath
{
    /// <summary>x = f(x) in place, and derivative = f'(x) unless it is null.</summary>
    /// <remarks>Works in whole vectors: the buffers have room for <see cref="Softmax.Padding"/> more values.</remarks>
    public static void Apply(EncoderActivation activation, float* x, float* derivative, long count)
    {
        for (var i = 0L; i < count; i += Vector<float>.Count)
        {
            var value = Vector.Load(x + i);
            var (y, slope) = activation switch
            {
                EncoderActivation.Gelu => Gelu(value),
                EncoderActivation.GeluTanh => GeluTanh(value),
                _ => Relu(value),
            };
            Vector.Store(y, x + i);
            if (derivative != null)
            {
                Vector.Store(slope, derivative + i);
            }
        }
    }

    /// <summary>
    /// x Phi(x) and Phi(x) + x phi(x). Phi by Abramowitz and Stegun, formula 7.1.26 (absolute error 1.5e-7), whose
    /// exponential is also that of phi.
    /// </summary>
    private static (Vector<float> Value, Vector<float> Slope) Gelu(Vector<float> x)
    {
        const float InverseRootTwo = 0.70710678118654752f;
        const float InverseRootTwoPi = 0.39894228040143268f;
        var z = Vector.Abs(x) * InverseRootTwo;
        var exponential = Vector.Exp(-(z * z));
        var t = Vector<float>.One / (Vector<float>.One + (z * 0.3275911f));
        var polynomial = new Vector<float>(1.061405429f);
        polynomial = (polynomial * t) - new Vector<float>(1.453152027f);
        polynomial = (polynomial * t) + new Vector<float>(1.421413741f);
        polynomial = (polynomial * t) - new Vector<float>(0.284496736f);
        polynomial = (polynomial * t) + new Vector<float>(0.254829592f);
        var tail = polynomial * t * exponential * 0.5f;
        var phi = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
        return (x * phi, phi + (x * exponential * InverseRootTwoPi));
    }

    /// <summary>The tanh form (arXiv 1606.08415, section 2), with tanh u = 1 - 2 / (1 + exp 2u).</summary>
    private static (Vector<float> Value, Vector<float> Slope) GeluTanh(Vector<float> x)
    {
        const float RootTwoOverPi = 0.79788456080286536f;
        const float Cubic = 0.044715f;
        // Beyond 10 the tanh is 1 to the last bit, while powers of x may overflow.
        var near = Vector.Min(Vector.Max(x, new Vector<float>(-10)), new Vector<float>(10));
        var inner = (near + (near * near * near * Cubic)) * RootTwoOverPi;
        var tanh = Vector<float>.One - (new Vector<float>(2) / (Vector<float>.One + Vector.Exp(inner * 2)));
        var half = (Vector<float>.One + tanh) * 0.5f;
        var innerSlope = (Vector<float>.One + (near * near * (3 * Cubic))) * RootTwoOverPi;
        return (x * half, half + (near * (Vector<float>.One - (tanh * tanh)) * innerSlope * 0.5f));
    }

    private static (Vector<float> Value, Vector<float> Slope) Relu(Vector<float> x)
    {
        var positive = Vector.GreaterThan(x, Vector<float>.Zero);
        var slope = Vector.ConditionalSelect(positive, Vector<float>.One, Vector<float>.Zero);
        return (Vector.Max(x, Vector<float>.Zero), slope);
    }
}
