using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>An immutable list that equals another with equal items in the same order, so records may hold it.</summary>
[CollectionBuilder(typeof(ValueListBuilder), nameof(ValueListBuilder.Create))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly ImmutableArray<T> items;

    internal ValueList(ImmutableArray<T> items) => this.items = items;

    /// <inheritdoc/>
    public int Count => items.Length;

    /// <inheritdoc/>
    public T this[int index] => items[index];

    /// <summary>The list with one more item at its end.</summary>
    public ValueList<T> Add(T item) => new(items.Add(item));

    /// <summary>The list with an item put in before <paramref name="index"/>.</summary>
    public ValueList<T> Insert(int index, T item) => new(items.Insert(index, item));

    /// <summary>The list with another item at <paramref name="index"/>.</summary>
    public ValueList<T> With(int index, T item) => new(items.SetItem(index, item));

    /// <summary>The list without the item at <paramref name="index"/>.</summary>
    public ValueList<T> RemoveAt(int index) => new(items.RemoveAt(index));

    /// <inheritdoc/>
    public bool Equals(ValueList<T>? other) =>
        other is not null && (items == other.items || items.AsSpan().SequenceEqual(other.items.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in items) hash.Add(item);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Index of the item with this agent in a list that is sorted by agent; where there is none, the complement of the
    /// index at which it belongs.
    /// </summary>
    internal int Find(AgentId agent, Func<T, AgentId> agentOf)
    {
        var (low, high) = (0, items.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(agentOf(items[middle]).Value, agent.Value);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
