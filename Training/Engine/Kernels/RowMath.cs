using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// Element-wise and row-wise steps of a model, in vectors of 512 bits: several registers where they are narrower.
/// </summary>
internal static unsafe class RowMath
{
    /// <summary>
    /// Layer norm of a sum (arXiv 1607.06450, eq. 4): out = gamma xhat + beta with xhat = (x + residual - mean) / std,
    /// for each row; keeps xhat and 1 / std for the backward pass.
    /// </summary>
    public static void AddAndNormalize(
        float* x, float* residual, int rows, in NormWeights weights, float* output, NormCache cache)
    {
        var width = weights.Width;
        var xhat = cache.Normalized.Reserve((long)rows * width);
        var inverseStd = cache.InverseStd.Reserve(rows);
        for (var row = 0; row < rows; row++)
        {
            var at = (long)row * width;
            var sum = new Span<float>(xhat + at, width);
            var mean = AddRow(x + at, residual == null ? null : residual + at, sum) / width;
            var inverse = (float)(1 / Math.Sqrt((CentredSquares(sum, mean) / width) + weights.Epsilon));
            inverseStd[row] = inverse;
            Normalize(sum, mean, inverse, weights, output + at);
        }
    }

    /// <summary>
    /// Gradient of layer norm with respect to its input: (g - mean(g) - xhat mean(g xhat)) / std with g = gamma dy.
    /// May work in place.
    /// </summary>
    public static void NormalizeBackward(float* dy, int rows, in NormWeights weights, NormCache cache, float* dx)
    {
        var width = weights.Width;
        var xhat = cache.Normalized.Pointer;
        var inverseStd = cache.InverseStd.Pointer;
        for (var row = 0; row < rows; row++)
        {
            var at = (long)row * width;
            var (sum, dot) = GradientSums(dy + at, weights.Gamma, xhat + at, width);
            var (mean, meanDot, inverse) = (sum / width, dot / width, inverseStd[row]);
            var i = 0;
            for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var g = Vector512.Load(dy + at + i) * Vector512.Load(weights.Gamma + i);
                var value = g - Vector512.Create(mean) - (Vector512.Load(xhat + at + i) * meanDot);
                Vector512.Store(value * inverse, dx + at + i);
            }

            for (; i < width; i++)
            {
                dx[at + i] = ((dy[at + i] * weights.Gamma[i]) - mean - (xhat[at + i] * meanDot)) * inverse;
            }
        }
    }

    /// <summary>target += source.</summary>
    public static void Add(float* source, float* target, long count)
    {
        var i = 0L;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512.Store(Vector512.Load(source + i) + Vector512.Load(target + i), target + i);
        }

        for (; i < count; i++)
        {
            target[i] += source[i];
        }
    }

    /// <summary>target = target * factors.</summary>
    public static void Multiply(float* factors, float* target, long count)
    {
        var i = 0L;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512.Store(Vector512.Load(factors + i) * Vector512.Load(target + i), target + i);
        }

        for (; i < count; i++)
        {
            target[i] *= factors[i];
        }
    }

    /// <summary>target = scale * source.</summary>
    public static void Scale(float* source, float scale, float* target, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512.Store(Vector512.Load(source + i) * scale, target + i);
        }

        for (; i < count; i++)
        {
            target[i] = scale * source[i];
        }
    }

    private static float AddRow(float* x, float* residual, Span<float> sum)
    {
        var total = Vector512<float>.Zero;
        var i = 0;
        fixed (float* target = sum)
        {
            for (; i <= sum.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var value = Vector512.Load(x + i);
                if (residual != null)
                {
                    value += Vector512.Load(residual + i);
                }

                Vector512.Store(value, target + i);
                total += value;
            }
        }

        var result = Vector512.Sum(total);
        for (; i < sum.Length; i++)
        {
            sum[i] = x[i] + (residual == null ? 0 : residual[i]);
            result += sum[i];
        }

        return result;
    }

    private static float CentredSquares(ReadOnlySpan<float> row, float mean)
    {
        var total = Vector512<float>.Zero;
        var i = 0;
        for (; i <= row.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var centred = Vector512.Create(row[i..]) - Vector512.Create(mean);
            total += centred * centred;
        }

        var result = Vector512.Sum(total);
        for (; i < row.Length; i++)
        {
            result += (row[i] - mean) * (row[i] - mean);
        }

        return result;
    }

    private static void Normalize(Span<float> row, float mean, float inverse, in NormWeights weights, float* output)
    {
        var i = 0;
        fixed (float* xhat = row)
        {
            for (; i <= row.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var value = (Vector512.Load(xhat + i) - Vector512.Create(mean)) * inverse;
                Vector512.Store(value, xhat + i);
                var scaled = value * Vector512.Load(weights.Gamma + i);
                Vector512.Store(scaled + Vector512.Load(weights.Beta + i), output + i);
            }
        }

        for (; i < row.Length; i++)
        {
            row[i] = (row[i] - mean) * inverse;
            output[i] = (row[i] * weights.Gamma[i]) + weights.Beta[i];
        }
    }

    private static (float Sum, float Dot) GradientSums(float* dy, float* gamma, float* xhat, int width)
    {
        var (sums, dots) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var g = Vector512.Load(dy + i) * Vector512.Load(gamma + i);
            sums += g;
            dots += g * Vector512.Load(xhat + i);
        }

        var (sum, dot) = (Vector512.Sum(sums), Vector512.Sum(dots));
        for (; i < width; i++)
        {
            sum += dy[i] * gamma[i];
            dot += dy[i] * gamma[i] * xhat[i];
        }

        return (sum, dot);
    }
}
