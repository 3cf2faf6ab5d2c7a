using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>What the runtime's vectors lack, or do in float64 where F32 is enough.</summary>
internal static class VectorMath
{
    /// <summary>exp(x) for x up to 88, with a relative error below 2e-7; 0 below -87, where F32 runs out.</summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| at most ln 2 / 2, exp(r) by the polynomial of Cephes' expf (S. L. Moshier), and n added
    /// to the exponent's bits.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // In F32 a sum with 1.5 * 2^23 has no place for a fraction: it rounds, and its low bits are n.
        const float Rounding = 12_582_912;
        var shifted = Vector512.MultiplyAddEstimate(
            x, Vector512.Create(1.44269504f), Vector512.Create(Rounding));
        var n = shifted - Vector512.Create(Rounding);
        // ln 2 in two parts: n times the first is exact.
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.MultiplyAddEstimate(p, r * r, r + Vector512<float>.One);
        var power = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        return Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, power);
    }

    /// <summary>The largest of the sixteen.</summary>
    public static float Max(Vector512<float> x)
    {
        var eight = Vector256.Max(x.GetLower(), x.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }
}
