namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// A sink that also takes sums of rows that an engine made by itself, so that the rows need not leave the device that
/// computed them.
/// </summary>
public interface IGradientSum : IGradientSink
{
    /// <summary>What becomes of each row before it is added; null where rows are added as they are.</summary>
    ClippingRule? Rule { get; }

    /// <summary>Adds the sum of a block of rows.</summary>
    /// <param name="block">
    /// <see cref="IGradientSink.Dimension"/> values: of rows clipped by <see cref="Rule"/>, in grid steps; without a
    /// rule, of the rows themselves in float64.
    /// </param>
    /// <param name="rows">What was added.</param>
    void AddSum(ReadOnlySpan<double> block, RowCounts rows);
}
