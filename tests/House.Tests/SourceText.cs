namespace FedLowRank.House.Tests;

/// <summary>A file's path from the root, with forward slashes, and its text.</summary>
internal sealed record SourceText(string Path, string Text)
{
    /// <summary>The lines, without a last empty one.</summary>
    public string[] Lines { get; } = Text.TrimEnd('\n').Split('\n');

    /// <summary>True for the code of tests and benchmarks.</summary>
    public bool IsTest =>
        Path.StartsWith("tests/", StringComparison.Ordinal) || Path.StartsWith("benchmarks/", StringComparison.Ordinal);
}
