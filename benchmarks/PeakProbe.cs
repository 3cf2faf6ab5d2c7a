using System.Runtime.Intrinsics;

namespace FedLowRank.Benchmarks;

/// <summary>
/// The most single-precision operations that the machine does in a second: multiply-adds on registers alone, in
/// vectors of the widest kind, on every core at once.
/// </summary>
internal static class PeakProbe
{
    private const int Iterations = 1 << 20;
    private const int Accumulators = 12;

    /// <summary>Operations of one <see cref="Run"/>; a multiply-add counts two.</summary>
    public static double Operations(int threads) =>
        2.0 * Accumulators * Iterations * threads * (Vector512.IsHardwareAccelerated ? 16 : 8);

    public static void Run(int threads) => Parallel.For(
        0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads },
        _ => GC.KeepAlive(Vector512.IsHardwareAccelerated ? Wide() : Narrow()));

    private static float Wide()
    {
        var x = Vector512.Create(0.999f);
        var y = Vector512.Create(1e-3f);
        // Different starts: equal ones would be computed once.
        Vector512<float> a = y, b = a + y, c = b + y, d = c + y, e = d + y, f = e + y;
        Vector512<float> g = f + y, h = g + y, i = h + y, j = i + y, k = j + y, l = k + y;
        for (var n = 0; n < Iterations; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static float Narrow()
    {
        var x = Vector256.Create(0.999f);
        var y = Vector256.Create(1e-3f);
        // Different starts: equal ones would be computed once.
        Vector256<float> a = y, b = a + y, c = b + y, d = c + y, e = d + y, f = e + y;
        Vector256<float> g = f + y, h = g + y, i = h + y, j = i + y, k = j + y, l = k + y;
        for (var n = 0; n < Iterations; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
            k = Vector256.FusedMultiplyAdd(k, x, y);
            l = Vector256.FusedMultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
