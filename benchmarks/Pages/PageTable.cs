namespace FedLowRank.Benchmarks.Pages;

/// <summary>The figures as tables in Markdown, for <c>docs/console.md</c>.</summary>
internal static class PageTable
{
    /// <summary>Above the pages.</summary>
    public const string PagesHead = """
        | page | first since start | ready, cold | ready, warm | at most | first byte | page | server's processor |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        """;

    /// <summary>Above the updates.</summary>
    public const string UpdatesHead = """
        | change | seen after, median | at most |
        | --- | ---: | ---: |
        """;

    /// <summary>A page.</summary>
    public static string Line(PageRow row) => FormattableString.Invariant(
        $"| {row.Page} | {row.FirstMs:f0} ms | {row.ColdMs:f0} ms | {row.WarmMs:f0} ms | {row.WarmMsMax:f0} ms | ")
        + FormattableString.Invariant(
            $"{row.FirstByteMs:f0} ms | {row.PageBytes / 1000:f0} kB | {row.ProcessorMs:f0} ms |");

    /// <summary>A change.</summary>
    public static string Line(UpdateRow row) =>
        FormattableString.Invariant($"| {row.Change} | {row.MedianMs:f0} ms | {row.MaxMs:f0} ms |");
}
