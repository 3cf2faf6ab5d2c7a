using System.Runtime.Intrinsics.X86;

namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// Single-precision matrix products with a packed right operand. Each value of the product is one sum in the order
/// of k, whatever the place of its row in the batch: a row's result does not depend on its neighbours.
/// </summary>
internal abstract unsafe class GemmKernel
{
    /// <summary>
    /// Rows of A (times K floats) that stay in the second-level cache while all panels pass over them.
    /// </summary>
    private const int CachedFloats = 80 * 1024;

    /// <summary>The fastest kernel that this processor runs.</summary>
    public static GemmKernel Best { get; } =
        Avx512F.IsSupported ? new GemmAvx512()
        : Fma.IsSupported && Avx2.IsSupported ? new GemmAvx2()
        : new GemmPortable();

    /// <summary>Every kernel that this processor runs, for tests and measurements.</summary>
    public static IEnumerable<GemmKernel> Supported
    {
        get
        {
            yield return new GemmPortable();
            if (Fma.IsSupported && Avx2.IsSupported)
            {
                yield return new GemmAvx2();
            }

            if (Avx512F.IsSupported)
            {
                yield return new GemmAvx512();
            }
        }
    }

    public abstract string Name { get; }

    /// <summary>Columns of a panel.</summary>
    public abstract int PanelWidth { get; }

    /// <summary>Rows of a tile.</summary>
    protected abstract int TileHeight { get; }

    /// <summary>C = A P + bias, or C += A P.</summary>
    /// <param name="a">M x K, or the transposed view of K x M.</param>
    /// <param name="rows">M.</param>
    /// <param name="b">K x N, packed for this kernel.</param>
    /// <param name="c">M x N.</param>
    /// <param name="bias">N values filled up to whole panels, or null; not used with <paramref
    /// name="accumulate"/>.</param>
    /// <param name="accumulate">Add to C instead of overwriting it.</param>
    public void Multiply(
        MatrixRef a, int rows, PackedMatrix b, MatrixRef c, float* bias = null, bool accumulate = false) =>
        MultiplyLeading(a, rows, b, b.Rows, b.Columns, c, bias, accumulate);

    /// <summary>As <see cref="Multiply"/>, with the leading part of P only.</summary>
    /// <param name="a">M x <paramref name="depth"/>, or a transposed view.</param>
    /// <param name="rows">M.</param>
    /// <param name="b">At least <paramref name="depth"/> x <paramref name="columns"/>, packed for this
    /// kernel.</param>
    /// <param name="depth">Rows of P that are used: K.</param>
    /// <param name="columns">Columns of P that are used: N.</param>
    /// <param name="c">M x N.</param>
    /// <param name="bias">N values filled up to whole panels, or null; not used with <paramref
    /// name="accumulate"/>.</param>
    /// <param name="accumulate">Add to C instead of overwriting it.</param>
    public void MultiplyLeading(
        MatrixRef a, int rows, PackedMatrix b, int depth, int columns, MatrixRef c, float* bias = null,
        bool accumulate = false)
    {
        if (depth == 0 || rows == 0)
        {
            return;
        }

        var block = Math.Max(1, CachedFloats / depth / TileHeight) * TileHeight;
        for (var start = 0; start < rows; start += block)
        {
            var end = Math.Min(rows, start + block);
            for (var column = 0; column < columns; column += PanelWidth)
            {
                MultiplyPanel(
                    a, start, end, b.Panels + ((long)column * b.Rows), depth,
                    new MatrixRef(c.Start + column, c.Stride), Math.Min(PanelWidth, columns - column),
                    bias == null ? null : bias + column, accumulate);
            }
        }
    }

    /// <summary>P += A Q for packed P and Q.</summary>
    /// <param name="target">M x N.</param>
    /// <param name="a">M x K, or the transposed view of K x M.</param>
    /// <param name="b">K x N.</param>
    public void AddTo(PackedMatrix target, MatrixRef a, PackedMatrix b)
    {
        for (var column = 0; column < b.Columns; column += PanelWidth)
        {
            // Both panels are filled up to their whole width.
            var panel = new MatrixRef(target.Panels + ((long)column * target.Rows), PanelWidth);
            MultiplyPanel(a, 0, target.Rows, b.Panels + ((long)column * b.Rows), b.Rows, panel, PanelWidth, null, true);
        }
    }

    /// <summary>
    /// One tile of <see cref="TileHeight"/> x <see cref="PanelWidth"/>. Of A only <paramref name="height"/> rows are
    /// there; the others repeat the last one, and what they give is not used.
    /// </summary>
    protected abstract void Tile(
        MatrixRef a, int height, float* panel, int depth, MatrixRef c, float* bias, bool accumulate);

    /// <summary>Rows start to end of A times one panel, to the first columns of C.</summary>
    private void MultiplyPanel(
        MatrixRef a, int start, int end, float* panel, int depth, MatrixRef c, int width, float* bias, bool accumulate)
    {
        var (tileHeight, panelWidth) = (TileHeight, PanelWidth);
        var edge = stackalloc float[tileHeight * panelWidth];
        for (var row = start; row < end; row += tileHeight)
        {
            var height = Math.Min(tileHeight, end - row);
            var from = new MatrixRef(a.Row(row), a.Stride, a.Step);
            var target = new MatrixRef(c.Row(row), c.Stride);
            if (width == panelWidth && height == tileHeight)
            {
                Tile(from, height, panel, depth, target, bias, accumulate);
            }
            else
            {
                var whole = new MatrixRef(edge, panelWidth);
                Tile(from, height, panel, depth, whole, bias, accumulate: false);
                CopyEdge(whole, target, height, width, accumulate);
            }
        }
    }

    private static void CopyEdge(MatrixRef edge, MatrixRef c, int height, int width, bool accumulate)
    {
        for (var i = 0; i < height; i++)
        {
            if (accumulate)
            {
                RowMath.Add(edge.Row(i), c.Row(i), width);
            }
            else
            {
                new ReadOnlySpan<float>(edge.Row(i), width).CopyTo(new Span<float>(c.Row(i), width));
            }
        }
    }
}
