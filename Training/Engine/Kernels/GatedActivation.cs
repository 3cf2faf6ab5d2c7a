using System.Numerics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// SwiGLU (arXiv 2002.05202, eq. 6): y = silu(gate) up with silu(x) = x / (1 + exp(-x)).
/// </summary>
/// <remarks>Works in whole vectors: the buffers have room for <see cref="Softmax.Padding"/> more values.</remarks>
internal static unsafe class GatedActivation
{
    // Beyond it exp overflows F32; silu is then 0 in F32 anyway.
    private static readonly Vector<float> ExponentMax = new(88);

    /// <summary>y = silu(gate) up.</summary>
    public static void Forward(float* gate, float* up, float* y, long count)
    {
        for (var i = 0L; i < count; i += Vector<float>.Count)
        {
            var x = Vector.Load(gate + i);
            Vector.Store(x * Sigmoid(x) * Vector.Load(up + i), y + i);
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
        for (var i = 0L; i < count; i += Vector<float>.Count)
        {
            var (x, g) = (Vector.Load(gate + i), Vector.Load(dy + i));
            var sigmoid = Sigmoid(x);
            var slope = sigmoid * (Vector<float>.One + (x * (Vector<float>.One - sigmoid)));
            Vector.Store(g * x * sigmoid, dup + i);
            Vector.Store(g * Vector.Load(up + i) * slope, dy + i);
        }
    }

    private static Vector<float> Sigmoid(Vector<float> x) =>
        Vector<float>.One / (Vector<float>.One + Vector.Exp(Vector.Min(-x, ExponentMax)));
}
