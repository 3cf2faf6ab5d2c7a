namespace FedLowRank.Training.Data;

/// <summary>
/// Bounds on what a table may hold, so that a wrong or hostile file (also a small .gz) does not fill the memory.
/// </summary>
public sealed record TextTableLimits
{
    /// <summary>Most rows below the header.</summary>
    public int RowsMax { get; init; } = 10_000_000;

    /// <summary>Most UTF-16 units in one record, over all its fields.</summary>
    public int RecordLengthMax { get; init; } = 1 << 20;

    /// <summary>Most UTF-16 units in the whole table.</summary>
    public long LengthMax { get; init; } = 1L << 30;
}
