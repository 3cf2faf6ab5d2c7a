namespace FedLowRank.Aggregation.Adapters;

/// <summary>Name and shape of one float matrix; a vector has one column. Row-major.</summary>
public sealed record TensorSpec
{
    /// <summary>Largest number of values in one tensor, so that flat offsets fit an <see cref="int"/>.</summary>
    public const int ValuesMax = 1 << 30;

    /// <summary>Creates a spec.</summary>
    /// <exception cref="ArgumentException">The name is empty, a side is below 1, or the tensor is too
    /// large.</exception>
    public TensorSpec(string name, int rows, int columns)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if ((long)rows * columns > ValuesMax)
        {
            throw new ArgumentException($"tensor {name}: {rows} x {columns} values exceed {ValuesMax}", nameof(rows));
        }

        Name = name;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>
    /// Unique within a layout, for example <c>encoder.layer.0.attention.self.query.lora_B.weight</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Rows x columns.</summary>
    public int Count => Rows * Columns;
}
