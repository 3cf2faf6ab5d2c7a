using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>RMS norm (arXiv 1910.07467, eq. 4): y = gamma x / rms(x), row by row.</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Keeps x / rms and 1 / rms for the backward pass.</summary>
    /// <param name="x">Rows x width.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="weights">gamma; there is no beta.</param>
    /// <param name="output">Rows x width.</param>
    /// <param name="cache">Receives what the backward pass needs.</param>
    public static void Forward(float* x, int rows, in NormWeights weights, float* output, NormCache cache)
    {
        var width = weights.Width;
        var xhat = cache.Normalized.Reserve((long)rows * width);
        var inverseRms = cache.InverseStd.Reserve(rows);
        for (var row = 0; row < rows; row++, x += width, xhat += width, output += width)
        {
            var inverse = (float)(1 / Math.Sqrt((Dot(x, x, null, width) / width) + weights.Epsilon));
            inverseRms[row] = inverse;
            var i = 0;
            for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var value = Vector512.Load(x + i) * inverse;
                Vector512.Store(value, xhat + i);
                Vector512.Store(value * Vector512.Load(weights.Gamma + i), output + i);
            }

            for (; i < width; i++)
            {
                xhat[i] = x[i] * inverse;
                output[i] = xhat[i] * weights.Gamma[i];
            }
        }
    }

    /// <summary>
    /// Gradient with respect to x: (g - xhat mean(g xhat)) / rms with g = gamma dy. May work in place.
    /// </summary>
    public static void Backward(float* dy, int rows, in NormWeights weights, NormCache cache, float* dx)
    {
        var width = weights.Width;
        var xhat = cache.Normalized.Pointer;
        for (var row = 0; row < rows; row++, dy += width, xhat += width, dx += width)
        {
            var mean = Dot(dy, weights.Gamma, xhat, width) / width;
            var inverse = cache.InverseStd.Pointer[row];
            var i = 0;
            for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var g = Vector512.Load(dy + i) * Vector512.Load(weights.Gamma + i);
                Vector512.Store((g - (Vector512.Load(xhat + i) * mean)) * inverse, dx + i);
            }

            for (; i < width; i++)
            {
                dx[i] = ((dy[i] * weights.Gamma[i]) - (xhat[i] * mean)) * inverse;
            }
        }
    }

    /// <summary>The sum of a b, or of a b c where c is not null.</summary>
    private static float Dot(float* a, float* b, float* c, int count)
    {
        var sums = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var product = Vector512.Load(a + i) * Vector512.Load(b + i);
            sums += c == null ? product : product * Vector512.Load(c + i);
        }

        var sum = Vector512.Sum(sums);
        for (; i < count; i++)
        {
            sum += c == null ? a[i] * b[i] : a[i] * b[i] * c[i];
        }

        return sum;
    }
}
