using System.Text.Json;
using System.Text.RegularExpressions;

namespace FedLowRank.House.Tests;

/// <summary>Which projects there are, what they may reference, and what must restore everywhere.</summary>
internal static partial class ProjectRules
{
    private static readonly string[] Pure = ["Privacy", "Aggregation"];

    /// <summary>Need packages that some feeds lack, so nothing but each other may reference them.</summary>
    private static readonly string[] Optional =
        ["Training.Torch", "Storage.AzureBlobs", "Grains", "Silo", "ClientAgent.Torch"];

    /// <summary>Tests of several optional projects together.</summary>
    private const string ClusterTests = "Cluster.Tests";

    /// <summary>One suite on every training engine, and agents with each.</summary>
    private const string EnginesTests = "Engines.Tests";

    /// <summary>Every project of the product, with all that it may reference.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Product = new Dictionary<string, string[]>
    {
        ["Privacy"] = [],
        ["Aggregation"] = [],
        ["Training"] = Pure,
        ["Training.Torch"] = [.. Pure, "Training"],
        ["Federation"] = Pure,
        ["Storage.AzureBlobs"] = [.. Pure, "Federation"],
        ["Grains"] = [.. Pure, "Federation"],
        ["Gateway"] = [.. Pure, "Federation"],
        ["Silo"] = [.. Pure, "Training", "Federation", "Grains", "Gateway", "Storage.AzureBlobs"],
        ["ClientAgent"] = [.. Pure, "Training", "Federation"],
        ["ClientAgent.Torch"] = [.. Pure, "Training", "Training.Torch", "Federation", "ClientAgent"],
        ["Cli"] = [.. Pure, "Training", "Federation", "Gateway"],
    };

    private static readonly string[] Analyzers =
    [
        "Meziantou.Analyzer", "Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.VisualStudio.Threading.Analyzers",
    ];

    /// <summary>All that a project may reference, or null where the house knows no such project.</summary>
    public static IReadOnlyList<string>? Allowed(string project)
    {
        if (Product.TryGetValue(project, out var allowed)) return allowed;
        if (project is "House.Tests" or "Benchmarks") return [.. Product.Keys.Except(Optional)];
        if (project is ClusterTests) return ["Cli", "ClientAgent", "Silo", .. Product["Silo"]];
        if (project is EnginesTests)
            return ["Cli", "ClientAgent.Torch", .. Product["Cli"], .. Product["ClientAgent.Torch"]];
        if (project is "Storage.AzureBlobs.Tests") return ["Storage.AzureBlobs", "Gateway", .. Product["Gateway"]];
        if (project is "Faults.Tests" or "Console.Tests") return ["Cli", "ClientAgent", .. Product["Cli"]];
        if (!project.EndsWith(".Tests", StringComparison.Ordinal)) return null;
        var tested = project[..^".Tests".Length];
        return Product.TryGetValue(tested, out allowed) ? [tested, .. allowed] : null;
    }

    public static bool IsPure(string project) => Pure.Contains(project);

    /// <summary>True for a project, or its tests, that need not restore everywhere.</summary>
    public static bool IsOptional(string project) =>
        project is ClusterTests or EnginesTests || Optional.Contains(project) ||
        (project.EndsWith(".Tests", StringComparison.Ordinal) && Optional.Contains(project[..^".Tests".Length]));

    public static IEnumerable<string> Arrows(ProjectFile project)
    {
        if (Allowed(project.Name) is not { } allowed)
            return [$"{project.Path}: the house knows no project '{project.Name}'; add it to ProjectRules"];

        return project.References.Where(target => !allowed.Contains(target)).Select(target =>
            $"{project.Name} -> {target} is not allowed; {project.Name} may reference " +
            (allowed.Count == 0 ? "nothing" : string.Join(", ", allowed)));
    }

    public static IEnumerable<string> Versions(ProjectFile project) => project.Versioned.Select(package =>
        $"{project.Path}: {package} states a version; they are in Directory.Packages.props");

    /// <summary>A pure project's lock file, which names all that is restored for it, holds analyzers only.</summary>
    public static IEnumerable<string> PureLock(SourceText lockFile)
    {
        using var document = JsonDocument.Parse(lockFile.Text);
        return
        [
            .. document.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => !Analyzers.Contains(package.Name))
                .Select(package => $"{lockFile.Path}: {package.Name}; a pure project has no packages but analyzers"),
        ];
    }

    /// <summary>Project files that the solution does not build.</summary>
    public static IEnumerable<string> NotBuilt(SourceText solution, IEnumerable<string> projectPaths)
    {
        var built = SolutionProject().Matches(solution.Text)
            .Select(match => match.Groups["path"].Value.Replace('\\', '/'));
        return projectPaths.Except(built).Select(path => $"{path} is not in {solution.Path}; 'dotnet sln add' it");
    }

    [GeneratedRegex("\"(?<path>[^\"]+\\.csproj)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex SolutionProject();
}
