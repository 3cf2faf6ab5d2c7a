using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// SwiGLU (arXiv 2002.05202, eq. 6): y = silu(gate) up with silu(x) = x / (1 + exp(-x)).
/// </summary>
/// <remarks>Works in whole vectors: the buffers have room for <see cref="Softmax.Padding"/> more values.</remarks>
internal static unsafe class GatedActivation
{
    // Beyond it exp overflows F32; silu is then 0 in F32 anyway.
    private static readonly Vector512<float> ExponentMax = Vector512.Create(88f);

    /// <summary>y = silu(gate) up.</summary>
    public static void Forward(float* gate, float* up, float* y, long count)
    {
        for (var i = 0L; i < count; i += Vector512<float>.Count)
        {
            var x = Vector512.Load(gate + i);
            Vector512.Store(x * Sigmoid(x) * Vector512.Load(up + i), y + i);
        }
    }

    /// <summary>Gradients of gate and up from that of y.</summary>
    /// <param name="gate">As in the forward pass.</param>
    /// <param name="up">As in the forward pass.</param>
    /// <param name="dy">Gradient of y; overwritten with that of gate.</param>
    /// <param name="dup">Receives the gradient of up.</param>
    /// <param name="count">Number of values.</param>
    public static void Backward(float* gate, float* up, float* dy, float* dup, long count)
    {
        for (var i = 0L; i < count; i += Vector512<float>.Count)
        {
            var (x, g) = (Vector512.Load(gate + i), Vector512.Load(dy + i));
            var sigmoid = Sigmoid(x);
            var slope = sigmoid * (Vector512<float>.One + (x * (Vector512<float>.One - sigmoid)));
            Vector512.Store(g * x * sigmoid, dup + i);
            Vector512.Store(g * Vector512.Load(up + i) * slope, dy + i);
        }
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + VectorMath.Exp(Vector512.Min(-x, ExponentMax)));
}
