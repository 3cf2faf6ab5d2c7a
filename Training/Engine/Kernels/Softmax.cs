using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Soft-max of rows whose length is filled up to whole vectors.</summary>
internal static unsafe class Softmax
{
    /// <summary>Row strides are multiples of this, so that every vector width fits.</summary>
    public const int Padding = 16;

    /// <summary>The stride of a row of <paramref name="count"/> values.</summary>
    public static int Stride(int count) => (count + Padding - 1) / Padding * Padding;

    /// <summary>
    /// In place, row by row: exp(s - max) / sum. What lies between <paramref name="count"/> and the stride is ignored
    /// and set to zero.
    /// </summary>
    public static void Forward(float* scores, int rows, int count)
    {
        var stride = Stride(count);
        for (var row = 0; row < rows; row++, scores += stride)
        {
            new Span<float>(scores + count, stride - count).Fill(float.NegativeInfinity);
            var largest = Vector512.Create(float.NegativeInfinity);
            for (var i = 0; i < stride; i += Vector512<float>.Count)
            {
                largest = Vector512.Max(largest, Vector512.Load(scores + i));
            }

            var max = Vector512.Create(VectorMath.Max(largest));
            var sums = Vector512<float>.Zero;
            for (var i = 0; i < stride; i += Vector512<float>.Count)
            {
                var value = VectorMath.Exp(Vector512.Load(scores + i) - max);
                Vector512.Store(value, scores + i);
                sums += value;
            }

            var inverse = 1 / Vector512.Sum(sums);
            for (var i = 0; i < stride; i += Vector512<float>.Count)
            {
                Vector512.Store(Vector512.Load(scores + i) * inverse, scores + i);
            }
        }
    }

    /// <summary>Gradient with respect to the scores, in place of dp: p (dp - sum(p dp)) * scale, row by row.</summary>
    public static void Backward(float* probabilities, float* dp, int rows, int count, float scale)
    {
        var stride = Stride(count);
        for (var row = 0; row < rows; row++, probabilities += stride, dp += stride)
        {
            new Span<float>(dp + count, stride - count).Clear();
            var dots = Vector512<float>.Zero;
            for (var i = 0; i < stride; i += Vector512<float>.Count)
            {
                dots += Vector512.Load(probabilities + i) * Vector512.Load(dp + i);
            }

            var dot = Vector512.Create(Vector512.Sum(dots));
            for (var i = 0; i < stride; i += Vector512<float>.Count)
            {
                Vector512.Store(Vector512.Load(probabilities + i) * (Vector512.Load(dp + i) - dot) * scale, dp + i);
            }
        }
    }
}
