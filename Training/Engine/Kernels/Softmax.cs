using System.Numerics;

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
            var largest = new Vector<float>(float.NegativeInfinity);
            for (var i = 0; i < stride; i += Vector<float>.Count)
            {
                largest = Vector.Max(largest, Vector.Load(scores + i));
            }

            var max = largest[0];
            for (var lane = 1; lane < Vector<float>.Count; lane++)
            {
                max = Math.Max(max, largest[lane]);
            }

            var sums = Vector<float>.Zero;
            for (var i = 0; i < stride; i += Vector<float>.Count)
            {
                var value = Vector.Exp(Vector.Load(scores + i) - new Vector<float>(max));
                Vector.Store(value, scores + i);
                sums += value;
            }

            var inverse = 1 / Vector.Sum(sums);
            for (var i = 0; i < stride; i += Vector<float>.Count)
            {
                Vector.Store(Vector.Load(scores + i) * inverse, scores + i);
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
            var dots = Vector<float>.Zero;
            for (var i = 0; i < stride; i += Vector<float>.Count)
            {
                dots += Vector.Load(probabilities + i) * Vector.Load(dp + i);
            }

            var dot = new Vector<float>(Vector.Sum(dots));
            for (var i = 0; i < stride; i += Vector<float>.Count)
            {
                Vector.Store(Vector.Load(probabilities + i) * (Vector.Load(dp + i) - dot) * scale, dp + i);
            }
        }
    }
}
