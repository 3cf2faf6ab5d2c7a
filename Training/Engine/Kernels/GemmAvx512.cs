using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Tiles of 12 x 32: 24 accumulators, two panel vectors and one broadcast of the 32 registers.</summary>
/// <remarks>Written out: the accumulators must be locals to stay in registers for the whole loop.</remarks>
internal sealed unsafe class GemmAvx512 : GemmKernel
{
    private const int Lanes = 16;

    public override string Name => "AVX-512";

    public override int PanelWidth => 2 * Lanes;

    protected override int TileHeight => 12;

    protected override void Tile(
        MatrixRef a, int height, float* panel, int depth, MatrixRef c, float* bias, bool accumulate)
    {
        var last = height - 1;
        float* a0 = a.Start, a1 = a.Row(Math.Min(1, last));
        float* a2 = a.Row(Math.Min(2, last)), a3 = a.Row(Math.Min(3, last));
        float* a4 = a.Row(Math.Min(4, last)), a5 = a.Row(Math.Min(5, last));
        float* a6 = a.Row(Math.Min(6, last)), a7 = a.Row(Math.Min(7, last));
        float* a8 = a.Row(Math.Min(8, last)), a9 = a.Row(Math.Min(9, last));
        float* a10 = a.Row(Math.Min(10, last)), a11 = a.Row(Math.Min(11, last));
        var start0 = bias == null ? Vector512<float>.Zero : Vector512.Load(bias);
        var start1 = bias == null ? Vector512<float>.Zero : Vector512.Load(bias + Lanes);
        Vector512<float> l0 = start0, r0 = start1, l1 = start0, r1 = start1;
        Vector512<float> l2 = start0, r2 = start1, l3 = start0, r3 = start1;
        Vector512<float> l4 = start0, r4 = start1, l5 = start0, r5 = start1;
        Vector512<float> l6 = start0, r6 = start1, l7 = start0, r7 = start1;
        Vector512<float> l8 = start0, r8 = start1, l9 = start0, r9 = start1;
        Vector512<float> l10 = start0, r10 = start1, l11 = start0, r11 = start1;
        for (nint at = 0; depth > 0; depth--, at += a.Step, panel += 2 * Lanes)
        {
            var left = Vector512.Load(panel);
            var right = Vector512.Load(panel + Lanes);
            var x = Vector512.Create(a0[at]);
            l0 = Avx512F.FusedMultiplyAdd(x, left, l0);
            r0 = Avx512F.FusedMultiplyAdd(x, right, r0);
            x = Vector512.Create(a1[at]);
            l1 = Avx512F.FusedMultiplyAdd(x, left, l1);
            r1 = Avx512F.FusedMultiplyAdd(x, right, r1);
            x = Vector512.Create(a2[at]);
            l2 = Avx512F.FusedMultiplyAdd(x, left, l2);
            r2 = Avx512F.FusedMultiplyAdd(x, right, r2);
            x = Vector512.Create(a3[at]);
            l3 = Avx512F.FusedMultiplyAdd(x, left, l3);
            r3 = Avx512F.FusedMultiplyAdd(x, right, r3);
            x = Vector512.Create(a4[at]);
            l4 = Avx512F.FusedMultiplyAdd(x, left, l4);
            r4 = Avx512F.FusedMultiplyAdd(x, right, r4);
            x = Vector512.Create(a5[at]);
            l5 = Avx512F.FusedMultiplyAdd(x, left, l5);
            r5 = Avx512F.FusedMultiplyAdd(x, right, r5);
            x = Vector512.Create(a6[at]);
            l6 = Avx512F.FusedMultiplyAdd(x, left, l6);
            r6 = Avx512F.FusedMultiplyAdd(x, right, r6);
            x = Vector512.Create(a7[at]);
            l7 = Avx512F.FusedMultiplyAdd(x, left, l7);
            r7 = Avx512F.FusedMultiplyAdd(x, right, r7);
            x = Vector512.Create(a8[at]);
            l8 = Avx512F.FusedMultiplyAdd(x, left, l8);
            r8 = Avx512F.FusedMultiplyAdd(x, right, r8);
            x = Vector512.Create(a9[at]);
            l9 = Avx512F.FusedMultiplyAdd(x, left, l9);
            r9 = Avx512F.FusedMultiplyAdd(x, right, r9);
            x = Vector512.Create(a10[at]);
            l10 = Avx512F.FusedMultiplyAdd(x, left, l10);
            r10 = Avx512F.FusedMultiplyAdd(x, right, r10);
            x = Vector512.Create(a11[at]);
            l11 = Avx512F.FusedMultiplyAdd(x, left, l11);
            r11 = Avx512F.FusedMultiplyAdd(x, right, r11);
        }

        Store(c.Start, l0, r0, accumulate);
        Store(c.Row(1), l1, r1, accumulate);
        Store(c.Row(2), l2, r2, accumulate);
        Store(c.Row(3), l3, r3, accumulate);
        Store(c.Row(4), l4, r4, accumulate);
        Store(c.Row(5), l5, r5, accumulate);
        Store(c.Row(6), l6, r6, accumulate);
        Store(c.Row(7), l7, r7, accumulate);
        Store(c.Row(8), l8, r8, accumulate);
        Store(c.Row(9), l9, r9, accumulate);
        Store(c.Row(10), l10, r10, accumulate);
        Store(c.Row(11), l11, r11, accumulate);
    }

    private static void Store(float* c, Vector512<float> left, Vector512<float> right, bool accumulate)
    {
        if (accumulate)
        {
            left += Vector512.Load(c);
            right += Vector512.Load(c + Lanes);
        }

        left.Store(c);
        right.Store(c + Lanes);
    }
}
