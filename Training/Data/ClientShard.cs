namespace FedLowRank.Training.Data;

/// <summary>What one client, or one simulated agent, holds.</summary>
public sealed class ClientShard
{
    /// <summary>A named, non-empty set of rows.</summary>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public ClientShard(string name, IReadOnlyList<TextRow> rows)
    {
        if (rows.Count == 0) throw new ArgumentException($"client \"{name}\" has no rows", nameof(rows));
        Name = name;
        Rows = rows;
    }

    /// <summary>Name, distinct within a split.</summary>
    public string Name { get; }

    /// <summary>The rows, at least one.</summary>
    public IReadOnlyList<TextRow> Rows { get; }
}
