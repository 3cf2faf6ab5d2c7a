using System.Runtime.Intrinsics;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>Tiles of 4 x 8 in 128-bit vectors: runs everywhere (SSE, NEON, or without vectors at all).</summary>
internal sealed unsafe class GemmPortable : GemmKernel
{
    private const int Lanes = 4;

    public override string Name => "portable";

    public override int PanelWidth => 2 * Lanes;

    protected override int TileHeight => 4;

    protected override void Tile(
        MatrixRef a, int height, float* panel, int depth, MatrixRef c, float* bias, bool accumulate)
    {
        var a0 = a.Start;
        var a1 = a.Row(Math.Min(1, height - 1));
        var a2 = a.Row(Math.Min(2, height - 1));
        var a3 = a.Row(Math.Min(3, height - 1));
        var start0 = bias == null ? Vector128<float>.Zero : Vector128.Load(bias);
        var start1 = bias == null ? Vector128<float>.Zero : Vector128.Load(bias + Lanes);
        var (c00, c10, c20, c30) = (start0, start0, start0, start0);
        var (c01, c11, c21, c31) = (start1, start1, start1, start1);
        for (nint at = 0; depth > 0; depth--, at += a.Step, panel += 2 * Lanes)
        {
            var b0 = Vector128.Load(panel);
            var b1 = Vector128.Load(panel + Lanes);
            var x = Vector128.Create(a0[at]);
            c00 += x * b0;
            c01 += x * b1;
            x = Vector128.Create(a1[at]);
            c10 += x * b0;
            c11 += x * b1;
            x = Vector128.Create(a2[at]);
            c20 += x * b0;
            c21 += x * b1;
            x = Vector128.Create(a3[at]);
            c30 += x * b0;
            c31 += x * b1;
        }

        Store(c.Start, c00, c01, accumulate);
        Store(c.Row(1), c10, c11, accumulate);
        Store(c.Row(2), c20, c21, accumulate);
        Store(c.Row(3), c30, c31, accumulate);
    }

    private static void Store(float* c, Vector128<float> left, Vector128<float> right, bool accumulate)
    {
        if (accumulate)
        {
            left += Vector128.Load(c);
            right += Vector128.Load(c + Lanes);
        }

        left.Store(c);
        right.Store(c + Lanes);
    }
}
