using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>Keeps every gradient row as it comes.</summary>
internal sealed class RowCollector(int dimension) : IGradientSink
{
    public int Dimension => dimension;

    public List<float[]> Rows { get; } = [];

    public void AddRows(ReadOnlySpan<float> rows)
    {
        for (var at = 0; at < rows.Length; at += dimension)
        {
            Rows.Add(rows.Slice(at, dimension).ToArray());
        }
    }
}
