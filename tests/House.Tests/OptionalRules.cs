using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FedLowRank.House.Tests;

/// <summary>
/// What keeps the projects that some feeds cannot restore apart from all the rest. The names are in three places, for
/// three readers, and the rules hold them to each other: ProjectRules, Directory.Build.props and the solution filter.
/// </summary>
internal static partial class OptionalRules
{
    private const string LockFile = "packages.lock.json";

    /// <summary>Projects on the list that are not optional, and optional ones that are not on it.</summary>
    public static IEnumerable<string> WronglyListed(SourceText props, IEnumerable<string> projects) =>
        Difference(props.Path, Listed(props), [.. projects.Where(ProjectRules.IsOptional)]);

    /// <summary>Projects of the filter that may not restore, and must-restore ones that it leaves out.</summary>
    public static IEnumerable<string> WronglyFiltered(SourceText filter, IEnumerable<ProjectFile> projects)
    {
        using var document = JsonDocument.Parse(filter.Text);
        var kept = document.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray()
            .Select(path => path.GetString()!.Replace('\\', '/'));
        return Difference(
            filter.Path,
            [.. kept],
            [.. projects.Where(project => !ProjectRules.IsOptional(project.Name)).Select(project => project.Path)]);
    }

    /// <summary>Must-restore projects without a lock file, and optional ones that have one.</summary>
    public static IEnumerable<string> LockFiles(IEnumerable<ProjectFile> projects, IReadOnlyCollection<string> files)
    {
        foreach (var project in projects)
        {
            var path = $"{Path.GetDirectoryName(project.Path)}/{LockFile}";
            if (files.Contains(path) == ProjectRules.IsOptional(project.Name))
            {
                yield return ProjectRules.IsOptional(project.Name)
                    ? $"{path} would fit one feed's packages only; delete it"
                    : $"{path} is missing; 'dotnet restore' writes it";
            }
        }
    }

    /// <summary>The packages that <c>./fed</c> may leave projects out for.</summary>
    public static Regex Packages(SourceText script) =>
        new($"^({PackageList().Match(script.Text).Groups["list"].Value})", RegexOptions.None, TimeSpan.FromSeconds(10));

    /// <summary>Such packages among those that a lock file names: all that a must-restore project needs.</summary>
    public static IEnumerable<string> Needed(SourceText lockFile, Regex packages)
    {
        using var document = JsonDocument.Parse(lockFile.Text);
        return
        [
            .. document.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => packages.IsMatch(package.Name))
                .Select(package => $"{lockFile.Path}: {package.Name} does not restore from every feed; " +
                    "only optional projects may need it"),
        ];
    }

    /// <summary>Such packages that a project file references itself, unless it is optional.</summary>
    public static IEnumerable<string> Referenced(ProjectFile project, Regex packages) =>
        ProjectRules.IsOptional(project.Name)
            ? []
            : project.Packages.Where(package => packages.IsMatch(package)).Select(package =>
                $"{project.Path}: {package} does not restore from every feed; only optional projects may reference it");

    /// <summary>Packages that are pinned as optional and that <c>./fed</c> would not leave a project out for.</summary>
    public static IEnumerable<string> Unlisted(SourceText versions, Regex packages) =>
        XDocument.Parse(versions.Text).Descendants("PackageVersion")
            .Where(package => package.Parent!.Attribute("Label")?.Value
                .StartsWith("Optional", StringComparison.Ordinal) is true)
            .Select(package => package.Attribute("Include")!.Value)
            .Where(package => !packages.IsMatch(package))
            .Select(package => $"{versions.Path}: {package} is optional, and not of optional_packages in ./fed");

    private static string[] Listed(SourceText props) =>
    [
        .. XDocument.Parse(props.Text).Descendants("OptionalProjects").Single().Value
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    private static IEnumerable<string> Difference(string place, string[] there, string[] expected) =>
        there.Except(expected).Select(name => $"{place}: {name} must not be there")
            .Concat(expected.Except(there).Select(name => $"{place}: {name} must be there"));

    [GeneratedRegex(
        "^readonly optional_packages='(?<list>[^']+)'$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex PackageList();
}
