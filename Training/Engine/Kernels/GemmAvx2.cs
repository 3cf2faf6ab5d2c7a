using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Tiles of 6 x 16: 12 accumulators, two panel vectors and one broadcast of the 16 registers.</summary>
/// <remarks>Written out: the accumulators must be locals to stay in registers for the whole loop.</remarks>
internal sealed unsafe class GemmAvx2 : GemmKernel
{
    private const int Lanes = 8;

    public override string Name => "AVX2";

    public override int PanelWidth => 2 * Lanes;

    protected override int TileHeight => 6;

    protected override void Tile(
        MatrixRef a, int height, float* panel, int depth, MatrixRef c, float* bias, bool accumulate)
    {
        var last = height - 1;
        float* a0 = a.Start, a1 = a.Row(Math.Min(1, last));
        float* a2 = a.Row(Math.Min(2, last)), a3 = a.Row(Math.Min(3, last));
        float* a4 = a.Row(Math.Min(4, last)), a5 = a.Row(Math.Min(5, last));
        var start0 = bias == null ? Vector256<float>.Zero : Vector256.Load(bias);
        var start1 = bias == null ? Vector256<float>.Zero : Vector256.Load(bias + Lanes);
        Vector256<float> l0 = start0, r0 = start1, l1 = start0, r1 = start1;
        Vector256<float> l2 = start0, r2 = start1, l3 = start0, r3 = start1;
        Vector256<float> l4 = start0, r4 = start1, l5 = start0, r5 = start1;
        for (nint at = 0; depth > 0; depth--, at += a.Step, panel += 2 * Lanes)
        {
            var left = Vector256.Load(panel);
            var right = Vector256.Load(panel + Lanes);
            var x = Vector256.Create(a0[at]);
            l0 = Fma.MultiplyAdd(x, left, l0);
            r0 = Fma.MultiplyAdd(x, right, r0);
            x = Vector256.Create(a1[at]);
            l1 = Fma.MultiplyAdd(x, left, l1);
            r1 = Fma.MultiplyAdd(x, right, r1);
            x = Vector256.Create(a2[at]);
            l2 = Fma.MultiplyAdd(x, left, l2);
            r2 = Fma.MultiplyAdd(x, right, r2);
            x = Vector256.Create(a3[at]);
            l3 = Fma.MultiplyAdd(x, left, l3);
            r3 = Fma.MultiplyAdd(x, right, r3);
            x = Vector256.Create(a4[at]);
            l4 = Fma.MultiplyAdd(x, left, l4);
            r4 = Fma.MultiplyAdd(x, right, r4);
            x = Vector256.Create(a5[at]);
            l5 = Fma.MultiplyAdd(x, left, l5);
            r5 = Fma.MultiplyAdd(x, right, r5);
        }

        Store(c.Start, l0, r0, accumulate);
        Store(c.Row(1), l1, r1, accumulate);
        Store(c.Row(2), l2, r2, accumulate);
        Store(c.Row(3), l3, r3, accumulate);
        Store(c.Row(4), l4, r4, accumulate);
        Store(c.Row(5), l5, r5, accumulate);
    }

    private static void Store(float* c, Vector256<float> left, Vector256<float> right, bool accumulate)
    {
        if (accumulate)
        {
            left += Vector256.Load(c);
            right += Vector256.Load(c + Lanes);
        }

        left.Store(c);
        right.Store(c + Lanes);
    }
}
