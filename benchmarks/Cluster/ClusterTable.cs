using System.Globalization;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>The rows as a table in Markdown, for <c>docs/scale.md</c>.</summary>
internal static class ClusterTable
{
    private const string Head = """
        | adapter | agents | on | seconds | sums | refresh | checkpoint | processor s | busy | MB read | peak MiB |
        | --- | ---: | --- | ---: | ---: | ---: | ---: | --- | ---: | --- | ---: |
        """;

    /// <summary>Head and rows, by adapter, agents and silos.</summary>
    public static string Of(IEnumerable<ClusterRow> rows) => string.Join(
        '\n',
        rows.OrderBy(row => row.UpdateBytes / row.Agents).ThenBy(row => row.Agents)
            .ThenBy(row => row.Silos).Select(Line).Prepend(Head));

    private static string Line(ClusterRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Shape} | {row.Agents:N0} | {row.Host} | {row.Seconds:f2} | {row.SumSeconds:f2} | ") +
        string.Create(
            CultureInfo.InvariantCulture,
            $"{row.RefreshSeconds:f2} | {row.CheckpointSeconds:f2} | {List(row.ProcessorSeconds, "f2")} | ") +
        string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * row.Busy:f0} % | {List(row.BytesRead.Select(bytes => bytes / 1e6), "N0")} | {row.PeakMib:f0} |");

    private static string List(IEnumerable<double> values, string format) =>
        string.Join(" + ", values.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));
}
