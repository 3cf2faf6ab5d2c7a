namespace FedLowRank.Aggregation.Refresh;

/// <summary>
/// A small dense float64 working matrix, row-major. Every operation here and in this namespace runs in one fixed
/// scalar order without fused operations, so that its bits do not depend on the processor.
/// </summary>
public sealed class Matrix
{
    /// <summary>A matrix of zeros.</summary>
    public Matrix(int rows, int columns)
        : this(rows, columns, new double[rows * columns])
    {
    }

    /// <summary>Takes ownership of the values.</summary>
    /// <exception cref="ArgumentException">The length is not rows x columns.</exception>
    public Matrix(int rows, int columns, double[] values)
    {
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"{values.Length} values for a {rows} x {columns} matrix", nameof(values));
        }

        Rows = rows;
        Columns = columns;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>All values, row-major; writable.</summary>
    public double[] Values { get; }

    /// <summary>One value.</summary>
    public double this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    /// <summary>The n x n identity.</summary>
    public static Matrix Identity(int size)
    {
        var identity = new Matrix(size, size);
        for (var i = 0; i < size; i++)
        {
            identity[i, i] = 1;
        }

        return identity;
    }

    /// <summary>The rows of all, one matrix after the other.</summary>
    /// <param name="parts">At least one.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static Matrix StackRows(IReadOnlyList<Matrix> parts)
    {
        if (parts.FirstOrDefault(p => p.Columns != parts[0].Columns) is { } other)
        {
            throw new ArgumentException(
                $"a matrix of {other.Columns} columns under one of {parts[0].Columns}", nameof(parts));
        }

        return new Matrix(parts.Sum(p => p.Rows), parts[0].Columns, [.. parts.SelectMany(p => p.Values)]);
    }

    /// <summary>One row, writable.</summary>
    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The transpose.</summary>
    public Matrix Transposed()
    {
        var result = new Matrix(Columns, Rows);
        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                result[j, i] = this[i, j];
            }
        }

        return result;
    }

    /// <summary>
    /// This times <paramref name="right"/>; each element adds its terms in ascending order of the inner index.
    /// </summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public Matrix Times(Matrix right)
    {
        if (Columns != right.Rows)
        {
            throw new ArgumentException(
                $"{Rows} x {Columns} times {right.Rows} x {right.Columns}: inner sizes differ", nameof(right));
        }

        var product = new Matrix(Rows, right.Columns);
        for (var i = 0; i < Rows; i++)
        {
            var target = product.Row(i);
            for (var k = 0; k < Columns; k++)
            {
                FixedOrder.AddScaled(target, this[i, k], right.Row(k));
            }
        }

        return product;
    }

    /// <summary>
    /// The matrix times the power of two that brings the largest magnitude into [1, 2), so that squares neither
    /// overflow nor vanish. A zero matrix is returned as it is, with exponent 0.
    /// </summary>
    /// <returns>The scaled copy S and the exponent e with matrix = S 2^e.</returns>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static (Matrix Scaled, int Exponent) Normalize(Matrix matrix)
    {
        var largest = 0.0;
        foreach (var value in matrix.Values)
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentException(
                    $"a {matrix.Rows} x {matrix.Columns} matrix holds {value}; values must be finite", nameof(matrix));
            }

            largest = Math.Max(largest, Math.Abs(value));
        }

        var exponent = largest == 0 ? 0 : Math.ILogB(largest);
        var scaled = matrix.Values.Select(v => Math.ScaleB(v, -exponent));
        return (new Matrix(matrix.Rows, matrix.Columns, [.. scaled]), exponent);
    }
}
