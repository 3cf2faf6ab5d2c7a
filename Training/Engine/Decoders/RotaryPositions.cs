using System.Numerics;
using System.Runtime.Intrinsics;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// Turns each head's pairs (i, i + d_h / 2) by position * f_i, the layout of Hugging Face's weights (arXiv 2104.09864,
/// eq. 34, with the pairs' members apart). One object for each worker: its table grows with the longest example.
/// </summary>
internal sealed unsafe class RotaryPositions(RotaryConfig config, int headSize) : IDisposable
{
    private readonly double[] frequencies = config.Frequencies(headSize);
    private readonly AlignedBuffer cosines = new();
    private readonly AlignedBuffer sines = new();
    private readonly int half = headSize / 2;
    private int positions;

    /// <summary>Turns rows in place.</summary>
    /// <param name="rows">Rows x (heads times d_h).</param>
    /// <param name="starts">First row of each example, and the number of rows.</param>
    /// <param name="queries">Tells the first position, unless the rows are all tokens.</param>
    /// <param name="areQueries">True where the rows are the queries, false where they are all tokens.</param>
    /// <param name="isBackward">Turn back: the gradient's way.</param>
    public void Turn(MatrixRef rows, ReadOnlySpan<int> starts, in QueryRows queries, bool areQueries, bool isBackward)
    {
        for (var i = 0; i < starts.Length - 1; i++)
        {
            var first = areQueries ? queries.FirstPosition(i) : 0;
            var count = starts[i + 1] - starts[i];
            Reserve(first + count);
            for (var t = 0; t < count; t++)
            {
                TurnRow(rows.Row(starts[i] + t), rows.Stride, first + t, isBackward ? -1 : 1);
            }
        }
    }

    public void Dispose()
    {
        cosines.Dispose();
        sines.Dispose();
    }

    private void TurnRow(float* row, int width, int position, float direction)
    {
        var cosine = cosines.Pointer + ((long)position * half);
        var sine = sines.Pointer + ((long)position * half);
        for (var end = row + width; row < end; row += headSize)
        {
            float* left = row, right = row + half;
            var i = 0;
            for (; i <= half - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var (x, y) = (Vector512.Load(left + i), Vector512.Load(right + i));
                var (c, s) = (Vector512.Load(cosine + i), Vector512.Load(sine + i) * direction);
                Vector512.Store((x * c) - (y * s), left + i);
                Vector512.Store((y * c) + (x * s), right + i);
            }

            for (; i < half; i++)
            {
                var (x, y, c, s) = (left[i], right[i], cosine[i], sine[i] * direction);
                left[i] = (x * c) - (y * s);
                right[i] = (y * c) + (x * s);
            }
        }
    }

    private void Reserve(int count)
    {
        if (count <= positions)
        {
            return;
        }

        positions = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        var cosine = cosines.Reserve((long)positions * half);
        var sine = sines.Reserve((long)positions * half);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var (s, c) = Math.SinCos(position * frequencies[i]);
                (*cosine++, *sine++) = ((float)c, (float)s);
            }
        }
    }
}
