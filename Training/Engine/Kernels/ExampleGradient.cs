using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// The gradient that one example gives to a thin matrix: wide^T thin, summed over the example's tokens.
/// </summary>
internal static unsafe class ExampleGradient
{
    private const int Group = 8;

    /// <summary>output[w, r] = scale * sum over tokens of wide[token, w] * thin[token, r].</summary>
    /// <param name="wide">Tokens x d_out for B, tokens x d_in for A; rows follow each other without a gap.</param>
    /// <param name="thin">Tokens x r, likewise.</param>
    /// <param name="tokens">Rows of both.</param>
    /// <param name="scale">Factor on the result.</param>
    /// <param name="output">width x rank, or its transpose rank x width.</param>
    /// <param name="transposed">Write rank x width.</param>
    public static void Compute(
        MatrixRef wide, MatrixRef thin, int tokens, float scale, float* output, bool transposed)
    {
        var (width, rank) = (wide.Stride, thin.Stride);
        var lanes = Vector512<float>.Count;
        var sums = stackalloc Vector512<float>[Group];
        for (var first = 0; first < rank; first += Group)
        {
            var count = Math.Min(Group, rank - first);
            var column = 0;
            for (; column <= width - lanes; column += lanes)
            {
                if (count == Group)
                {
                    SumOfEight(Part(wide, column), Part(thin, first), tokens, sums);
                }
                else
                {
                    SumOf(count, Part(wide, column), Part(thin, first), tokens, sums);
                }

                if (!transposed && count == BlockTranspose.Size)
                {
                    BlockTranspose.Copy(
                        new MatrixRef((float*)sums, lanes), count, lanes, scale,
                        new MatrixRef(output + ((long)column * rank) + first, rank));
                    continue;
                }

                for (var r = 0; r < count; r++)
                {
                    var sum = sums[r] * scale;
                    if (transposed)
                    {
                        Vector512.Store(sum, output + ((long)(first + r) * width) + column);
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
                        sum += wide.Row(t)[column] * thin.Row(t)[r];
                    }

                    output[transposed ? ((long)r * width) + column : ((long)column * rank) + r] = sum * scale;
                }
            }
        }
    }

    private static MatrixRef Part(MatrixRef matrix, int column) => new(matrix.Start + column, matrix.Stride);

    private static void SumOfEight(MatrixRef wide, MatrixRef thin, int tokens, Vector512<float>* sums)
    {
        var w = wide.Start;
        var x = thin.Start;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector512<float> s4 = default, s5 = default, s6 = default, s7 = default;
        for (var t = 0; t < tokens; t++, w += wide.Stride, x += thin.Stride)
        {
            var value = Vector512.Load(w);
            s0 += value * x[0];
            s1 += value * x[1];
            s2 += value * x[2];
            s3 += value * x[3];
            s4 += value * x[4];
            s5 += value * x[5];
            s6 += value * x[6];
            s7 += value * x[7];
        }

        (sums[0], sums[1], sums[2], sums[3]) = (s0, s1, s2, s3);
        (sums[4], sums[5], sums[6], sums[7]) = (s4, s5, s6, s7);
    }

    private static void SumOf(int count, MatrixRef wide, MatrixRef thin, int tokens, Vector512<float>* sums)
    {
        for (var r = 0; r < count; r++)
        {
            var sum = Vector512<float>.Zero;
            for (var t = 0; t < tokens; t++)
            {
                sum += Vector512.Load(wide.Row(t)) * thin.Row(t)[r];
            }

            sums[r] = sum;
        }
    }
}
