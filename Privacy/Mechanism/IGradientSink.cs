namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Takes per-example gradients from an engine. The engine hands over each example's gradient over all trainables
/// as one row, so that clipping has one home and every engine's clipping is this one.
/// </summary>
public interface IGradientSink
{
    /// <summary>Values in one row: all trainables of the round, flat.</summary>
    int Dimension { get; }

    /// <summary>Adds examples, in the order given.</summary>
    /// <param name="rows">n x <see cref="Dimension"/> values, row-major; one row for each example.</param>
    void AddRows(ReadOnlySpan<float> rows);
}
