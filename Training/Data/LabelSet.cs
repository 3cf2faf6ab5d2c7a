namespace FedLowRank.Training.Data;

/// <summary>
/// The labels of a task. A label's index is its place among the names in ordinal order, so that it does not depend on
/// the order of rows or on who holds them.
/// </summary>
public sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly string[] names;

    /// <summary>The distinct ones of the given names.</summary>
    public LabelSet(IEnumerable<string> labels) =>
        names = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The names, by index.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>How many there are.</summary>
    public int Count => names.Length;

    /// <summary>Whether a name is one of the set.</summary>
    public bool Contains(string label) => Array.BinarySearch(names, label, StringComparer.Ordinal) >= 0;

    /// <summary>Index of a label.</summary>
    /// <exception cref="ArgumentException">It is not one of the set.</exception>
    public int IndexOf(string label)
    {
        var index = Array.BinarySearch(names, label, StringComparer.Ordinal);
        if (index < 0) throw new ArgumentException($"\"{label}\" is not a label of this task", nameof(label));
        return index;
    }

    /// <summary>True for a set of the same names.</summary>
    public bool Equals(LabelSet? other) => other is not null && names.SequenceEqual(other.names);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, names.FirstOrDefault(), names.LastOrDefault());
}
