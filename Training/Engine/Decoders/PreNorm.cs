using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>The norm before a part of a decoder layer: a layer norm where there is a beta, else an RMS norm.</summary>
internal static unsafe class PreNorm
{
    /// <summary>Normalises rows of <paramref name="x"/> and keeps what the backward pass needs.</summary>
    public static void Forward(float* x, int rows, in NormWeights weights, float* output, NormCache cache)
    {
        if (weights.Beta == null)
        {
            RmsNorm.Forward(x, rows, weights, output, cache);
        }
        else
        {
            RowMath.AddAndNormalize(x, null, rows, weights, output, cache);
        }
    }

    /// <summary>From the gradient of the output to that of the input, in place.</summary>
    public static void Backward(float* gradient, int rows, in NormWeights weights, NormCache cache)
    {
        if (weights.Beta == null)
        {
            RmsNorm.Backward(gradient, rows, weights, cache, gradient);
        }
        else
        {
            RowMath.NormalizeBackward(gradient, rows, weights, cache, gradient);
        }
    }
}
