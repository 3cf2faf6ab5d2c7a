using System.Numerics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>The gradient that one example gives to a thin matrix: wide^T thin, summed over the example's tokens.</summary>
internal static unsafe class ExampleGradient
{
    private const int Group = 8;

    /// <summary>output[w, r] = scale * sum over tokens of wide[token, w] * thin[token, r].</summary>
    /// <param name="wide">Tokens x <paramref name="width"/>.</param>
    /// <param name="strideWide">Distance of two rows of wide.</param>
    /// <param name="width">d_out for B, d_in for A.</param>
    /// <param name="thin">Tokens x <paramref name="rank"/>.</param>
    /// <param name="rank">r.</param>
    /// <param name="tokens">Rows of both.</param>
    /// <param name="scale">Factor on the result.</param>
    /// <param name="output">width x rank, or its transpose rank x width.</param>
    /// <param name="transposed">Write rank x width.</param>
    public static void Compute(
        float* wide, int strideWide, int width, float* thin, int rank, int tokens, float scale, float* output, bool transposed)
    {
        var lanes = Vector<float>.Count;
        var sums = stackalloc Vector<float>[Group];
        for (var first = 0; first < rank; first += Group)
        {
            var count = Math.Min(Group, rank - first);
            var column = 0;
            for (; column <= width - lanes; column += lanes)
            {
                if (count == Group)
                {
                    SumOfEight(wide + column, strideWide, thin + first, rank, tokens, sums);
                }
                else
                {
                    SumOf(count, wide + column, strideWide, thin + first, rank, tokens, sums);
                }

                for (var r = 0; r < count; r++)
                {
                    var sum = sums[r] * scale;
                    if (transposed)
                    {
                        Vector.Store(sum, output + ((long)(first + r) * width) + column);
                        continue;
                    }

                    for (var lane = 0; lane < lanes; lane++)
                    {
                        output[((long)(column + lane) * rank) + first + r] = sum[lane];
                    }
                }
            }

            for (; column < width; column++)
            {
                for (var r = first; r < first + count; r++)
                {
                    var sum = 0f;
                    for (var t = 0; t < tokens; t++)
                    {
                        sum += wide[((long)t * strideWide) + column] * thin[((long)t * rank) + r];
                    }

                    output[transposed ? ((long)r * width) + column : ((long)column * rank) + r] = sum * scale;
                }
            }
        }
    }

    private static void SumOfEight(float* wide, int strideWide, float* thin, int rank, int tokens, Vector<float>* sums)
    {
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector<float> s4 = default, s5 = default, s6 = default, s7 = default;
        for (var t = 0; t < tokens; t++, wide += strideWide, thin += rank)
        {
            var w = Vector.Load(wide);
            s0 += w * thin[0];
            s1 += w * thin[1];
            s2 += w * thin[2];
            s3 += w * thin[3];
            s4 += w * thin[4];
            s5 += w * thin[5];
            s6 += w * thin[6];
            s7 += w * thin[7];
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s0, s1, s2, s3);
        (sums[4], sums[5], sums[6], sums[7]) = (s4, s5, s6, s7);
    }

    private static void SumOf(int count, float* wide, int strideWide, float* thin, int rank, int tokens, Vector<float>* sums)
    {
        for (var r = 0; r < count; r++)
        {
            var sum = Vector<float>.Zero;
            for (var t = 0; t < tokens; t++)
            {
                sum += Vector.Load(wide + ((long)t * strideWide)) * thin[((long)t * rank) + r];
            }

            sums[r] = sum;
        }
    }
}
