namespace FedLowRank.Training.Engine.Kernels;

/// <summary>
/// The right operand of a product, K x N, stored as panels of <see cref="GemmKernel.PanelWidth"/> columns: within a
/// panel the columns of one row lie side by side, rows follow each other. The last panel is filled up with zeros.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private readonly AlignedBuffer buffer = new();
    private readonly int width;

    public PackedMatrix(GemmKernel kernel) => width = kernel.PanelWidth;

    /// <summary>K: the length of the sums.</summary>
    public int Rows { get; private set; }

    /// <summary>N: columns of the product.</summary>
    public int Columns { get; private set; }

    public float* Panels => buffer.Pointer;

    private int PanelCount => (Columns + width - 1) / width;

    /// <summary>Packs a row-major K x N matrix.</summary>
    /// <param name="source">K x N values.</param>
    /// <param name="stride">Distance of two rows of <paramref name="source"/>.</param>
    /// <param name="rows">K.</param>
    /// <param name="columns">N.</param>
    /// <param name="scale">Factor on every value.</param>
    public PackedMatrix Pack(float* source, int stride, int rows, int columns, float scale = 1)
    {
        Resize(rows, columns);
        for (var panel = 0; panel * width < columns; panel++)
        {
            var used = Math.Min(width, columns - (panel * width));
            var target = Panels + ((long)panel * width * rows);
            for (var k = 0; k < rows; k++, target += width)
            {
                var from = source + ((long)k * stride) + (panel * width);
                RowMath.Scale(from, scale, target, used);
                new Span<float>(target + used, width - used).Clear();
            }
        }

        return this;
    }

    /// <summary>Packs the transpose of a row-major N x K matrix, as the weights of a linear layer lie.</summary>
    /// <inheritdoc cref="Pack" path="/param"/>
    public PackedMatrix PackTransposed(float* source, int stride, int rows, int columns, float scale = 1)
    {
        Reshape(rows, columns);
        for (var column = 0; column < columns; column += BlockTranspose.Size)
        {
            SetColumns(column, source + ((long)column * stride), stride, scale);
        }

        return this;
    }

    /// <summary>
    /// Becomes K x N, the last panel filled up; the values are then those of <see cref="SetRow"/> or
    /// <see cref="SetColumns"/>, which together must reach all.
    /// </summary>
    public void Reshape(int rows, int columns)
    {
        Resize(rows, columns);
        var last = (columns - 1) / width * width;
        var used = columns - last;
        for (var k = 0; used < width && k < rows; k++)
        {
            new Span<float>(Panels + ((long)last * rows) + ((long)k * width) + used, width - used).Clear();
        }
    }

    /// <summary>Takes one row of the K x N matrix.</summary>
    /// <param name="row">Which.</param>
    /// <param name="source">N values.</param>
    public void SetRow(int row, float* source)
    {
        for (var column = 0; column < Columns; column += width)
        {
            var target = Panels + ((long)column * Rows) + ((long)row * width);
            var count = Math.Min(width, Columns - column);
            new ReadOnlySpan<float>(source + column, count).CopyTo(new Span<float>(target, count));
        }
    }

    /// <summary>
    /// Takes <see cref="BlockTranspose.Size"/> columns of the K x N matrix, or as many as are left, from the rows of
    /// its transpose.
    /// </summary>
    /// <param name="column">The first column, a multiple of the block's size.</param>
    /// <param name="source">A row of K values for each column.</param>
    /// <param name="stride">Distance of two of these rows.</param>
    /// <param name="scale">Factor on every value.</param>
    public void SetColumns(int column, float* source, int stride, float scale = 1)
    {
        // A panel is a whole number of blocks wide, so a block lies within one panel.
        var panel = column / width * width;
        var target = Panels + ((long)panel * Rows) + (column - panel);
        BlockTranspose.Copy(
            new MatrixRef(source, stride), Math.Min(BlockTranspose.Size, Columns - column), Rows, scale,
            new MatrixRef(target, width));
    }

    /// <summary>Becomes the same matrix as another one for the same kernel.</summary>
    public void CopyFrom(PackedMatrix source)
    {
        Resize(source.Rows, source.Columns);
        var bytes = checked((ulong)buffer.Count * sizeof(float));
        Buffer.MemoryCopy(source.Panels, Panels, bytes, (ulong)PanelCount * (ulong)(width * Rows) * sizeof(float));
    }

    /// <summary>Copies one row of the packed K x N matrix: N values.</summary>
    public void CopyRow(int row, float* target)
    {
        for (var column = 0; column < Columns; column += width)
        {
            var from = Panels + ((long)column * Rows) + ((long)row * width);
            var count = Math.Min(width, Columns - column);
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(target + column, count));
        }
    }

    public void Dispose() => buffer.Dispose();

    private void Resize(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        buffer.Reserve((long)PanelCount * width * rows);
    }
}
