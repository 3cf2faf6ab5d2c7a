using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Cross-entropy of soft-max over a whole vocabulary.</summary>
internal static unsafe class CrossEntropy
{
    // Sums of this many values are added up in float64: an error of F32 does not grow with the vocabulary.
    private const int Piece = 4096;

    /// <summary>-log p[target] in nats, with p = soft-max(logits).</summary>
    public static double Loss(float* logits, int count, int target)
    {
        var max = Max(logits, count);
        return Math.Log(SumOfExponentials(logits, count, max)) + max - logits[target];
    }

    /// <summary>Gradient of <paramref name="scale"/> times the loss, in place: scale (p - 1 at the target).</summary>
    public static void Gradient(float* logits, int count, int target, float scale)
    {
        var max = Max(logits, count);
        var factor = (float)(scale / SumOfExponentials(logits, count, max));
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512.Store(VectorMath.Exp(Vector512.Load(logits + i) - Vector512.Create(max)) * factor, logits + i);
        }

        for (; i < count; i++)
        {
            logits[i] = MathF.Exp(logits[i] - max) * factor;
        }

        logits[target] -= scale;
    }

    private static float Max(float* values, int count)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            largest = Vector512.Max(largest, Vector512.Load(values + i));
        }

        var max = VectorMath.Max(largest);
        for (; i < count; i++)
        {
            max = Math.Max(max, values[i]);
        }

        return max;
    }

    private static double SumOfExponentials(float* values, int count, float max)
    {
        var total = 0.0;
        var i = 0;
        while (i <= count - Vector512<float>.Count)
        {
            var sums = Vector512<float>.Zero;
            var end = Math.Min(count - Vector512<float>.Count, i + Piece);
            for (; i <= end; i += Vector512<float>.Count)
            {
                sums += VectorMath.Exp(Vector512.Load(values + i) - Vector512.Create(max));
            }

            total += Vector512.Sum(sums);
        }

        for (; i < count; i++)
        {
            total += MathF.Exp(values[i] - max);
        }

        return total;
    }
}
