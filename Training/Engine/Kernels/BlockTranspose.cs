using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Transposes a strip of eight rows, by blocks of 8 x 8 in registers where the processor has AVX.</summary>
internal static unsafe class BlockTranspose
{
    /// <summary>Rows of a strip.</summary>
    public const int Size = 8;

    /// <summary>target[k, j] = scale source[j, k]; where the source has no row j, 0.</summary>
    /// <param name="source">At most eight rows.</param>
    /// <param name="rows">Rows of the source that are there.</param>
    /// <param name="columns">Columns of the source, and rows of the target.</param>
    /// <param name="scale">Factor on every value.</param>
    /// <param name="target">Columns x 8.</param>
    public static void Copy(MatrixRef source, int rows, int columns, float scale, MatrixRef target)
    {
        var k = 0;
        for (; Avx.IsSupported && k <= columns - Size; k += Size)
        {
            CopyBlock(
                new MatrixRef(source.Start + k, source.Stride), rows, scale,
                new MatrixRef(target.Row(k), target.Stride));
        }

        for (; k < columns; k++)
        {
            for (var j = 0; j < Size; j++)
            {
                target.Row(k)[j] = j < rows ? scale * source.Row(j)[k] : 0;
            }
        }
    }

    /// <summary>Pairs, then quads of rows are interleaved; last the halves of the vectors change places.</summary>
    private static void CopyBlock(MatrixRef source, int rows, float scale, MatrixRef target)
    {
        var (a, b) = (Load(source, 0, rows, scale), Load(source, 1, rows, scale));
        var (c, d) = (Load(source, 2, rows, scale), Load(source, 3, rows, scale));
        var (e, f) = (Load(source, 4, rows, scale), Load(source, 5, rows, scale));
        var (g, h) = (Load(source, 6, rows, scale), Load(source, 7, rows, scale));
        var (ab0, ab1) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b));
        var (cd0, cd1) = (Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        var (ef0, ef1) = (Avx.UnpackLow(e, f), Avx.UnpackHigh(e, f));
        var (gh0, gh1) = (Avx.UnpackLow(g, h), Avx.UnpackHigh(g, h));
        Store(Avx.Shuffle(ab0, cd0, 0x44), Avx.Shuffle(ef0, gh0, 0x44), target, 0);
        Store(Avx.Shuffle(ab0, cd0, 0xEE), Avx.Shuffle(ef0, gh0, 0xEE), target, 1);
        Store(Avx.Shuffle(ab1, cd1, 0x44), Avx.Shuffle(ef1, gh1, 0x44), target, 2);
        Store(Avx.Shuffle(ab1, cd1, 0xEE), Avx.Shuffle(ef1, gh1, 0xEE), target, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(MatrixRef source, int row, int rows, float scale) =>
        row < rows ? Vector256.Load(source.Row(row)) * scale : Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> left, Vector256<float> right, MatrixRef target, int row)
    {
        Avx.Permute2x128(left, right, 0x20).Store(target.Row(row));
        Avx.Permute2x128(left, right, 0x31).Store(target.Row(row + 4));
    }
}
