using System.Text.RegularExpressions;

namespace FedLowRank.House.Tests;

/// <summary>What every file must hold. Each rule returns its violations as "path:line: what is wrong".</summary>
internal static partial class TextRules
{
    public const int SourceLinesMax = 400;
    public const int TestLinesMax = 600;
    public const int ColumnsMax = 120;

    private const int TimeoutMs = 10_000;

    private static readonly string[] CodeEndings =
        [".cs", ".razor", ".css", ".js", ".csproj", ".props", ".targets", ".sh", ".yml", "fed", ".ci/run"];

    // Data that others wrote: their words are theirs.
    private static readonly string[] DataFolders = ["samples/", "tests/golden/"];

    /// <summary>True for what people of this house write and read.</summary>
    public static bool IsCode(string path) =>
        !IsData(path) && CodeEndings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>True for samples and golden values.</summary>
    public static bool IsData(string path) =>
        DataFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));

    public static IEnumerable<string> Length(SourceText file)
    {
        var linesMax = file.IsTest ? TestLinesMax : SourceLinesMax;
        if (file.Lines.Length > linesMax)
            yield return $"{file.Path}: {file.Lines.Length} lines, at most {linesMax}; make it two files";
    }

    public static IEnumerable<string> Width(SourceText file) => Each(file, line =>
        line.Length > ColumnsMax ? $"{line.Length} columns, at most {ColumnsMax}" : null);

    public static IEnumerable<string> Tabs(SourceText file) => Each(file, line =>
        line.Contains('\t') ? "a tab; indent with spaces" : null);

    public static IEnumerable<string> LeftOvers(SourceText file) => Each(file, line =>
        LeftOver().IsMatch(line) ? $"'{LeftOver().Match(line)}'; do it or drop it" : null);

    public static IEnumerable<string> MachinePaths(SourceText file) => Each(file, line =>
        MachinePath().IsMatch(line) ? $"'{MachinePath().Match(line)}' is a path of one machine" : null);

    public static IEnumerable<string> RegistryHosts(SourceText file) => Each(file, line =>
        RegistryHost().IsMatch(line) ? $"'{RegistryHost().Match(line)}' is a package registry; feeds differ" : null);

    /// <summary>One public type per file, but records that belong together (a union, a result) may share one.</summary>
    public static IEnumerable<string> PublicTypes(SourceText file)
    {
        var kinds = file.Lines.Select(line => PublicType().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["kind"].Value).ToList();
        if (kinds.Count > 1 && kinds.Any(kind => kind != "record"))
            yield return $"{file.Path}: {kinds.Count} public types; one per file, or records only";
    }

    /// <summary>
    /// The namespace is the folder: FedLowRank.Project.Folder. A folder X.Y in X is a project of that name.
    /// </summary>
    public static IEnumerable<string> Namespaces(SourceText file)
    {
        var parts = Path.GetDirectoryName(file.Path)!.Split('/', '\\');
        var isNested = parts.Length > 1 && parts[1].StartsWith(parts[0] + ".", StringComparison.Ordinal);
        var folder = string.Join('.', isNested ? parts[1..] : parts);
        return Each(file, line =>
            line.StartsWith("namespace ", StringComparison.Ordinal) && line != $"namespace FedLowRank.{folder};"
                ? $"'{line}' must be 'namespace FedLowRank.{folder};'"
                : null);
    }

    private static IEnumerable<string> Each(SourceText file, Func<string, string?> rule) =>
        file.Lines.Select((line, index) => rule(line) is { } wrong ? $"{file.Path}:{index + 1}: {wrong}" : null)
            .OfType<string>();

    [GeneratedRegex(@"\b(TO" + "DO|FIX" + "ME|HA" + @"CK)\b", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex LeftOver();

    [GeneratedRegex(@"(?<![\w./-])/(work|farm|home|root)/", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex MachinePath();

    [GeneratedRegex(
        @"\b(nuget|npmjs|pypi|pythonhosted|crates)\.(org|com|io)\b|\bdeb\.debian\.org\b",
        RegexOptions.ExplicitCapture,
        TimeoutMs)]
    private static partial Regex RegistryHost();

    [GeneratedRegex(
        @"^public\s+((static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*" +
        @"(?<kind>class|struct|interface|enum|delegate|record)\b",
        RegexOptions.ExplicitCapture,
        TimeoutMs)]
    private static partial Regex PublicType();
}
