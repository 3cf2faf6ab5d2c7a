namespace FedLowRank.House.Tests;

/// <summary>
/// Goal: references point one way, and what is pure or must restore everywhere stays so. Method: parse the project,
/// solution and lock files; each rule is also shown a bad sample.
/// </summary>
public class ProjectTests
{
    private static readonly IReadOnlyList<ProjectFile> Projects =
        [.. TrackedFiles.EndingIn(".csproj").Select(ProjectFile.Parse)];

    [Fact]
    public void The_rules_see_the_projects()
    {
        Assert.Contains(Projects, project => project is { Name: "Privacy", References: [] });
        Assert.Contains(Projects, project => project.Name == "Cli" && project.References.Contains("Training"));
    }

    [Fact]
    public void References_point_one_way() => Violations.None(Projects.SelectMany(ProjectRules.Arrows));

    [Fact]
    public void The_solution_builds_every_project() =>
        Violations.None(ProjectRules.NotBuilt(
            TrackedFiles.Read("FedLowRank.sln"), Projects.Select(project => project.Path)));

    [Fact]
    public void Versions_are_central()
    {
        var shared = TrackedFiles.EndingIn(".props").Where(file => file.Path != "Directory.Packages.props");
        Violations.None(Projects.Concat(shared.Select(ProjectFile.Parse)).SelectMany(ProjectRules.Versions));
    }

    [Fact]
    public void Pure_projects_have_no_packages_but_analyzers()
    {
        var pure = Projects.Where(project => ProjectRules.IsPure(project.Name)).ToList();
        Assert.Equal(2, pure.Count);
        Violations.None(pure.SelectMany(project =>
            ProjectRules.PureLock(TrackedFiles.Read($"{Path.GetDirectoryName(project.Path)}/packages.lock.json"))));
    }

    [Theory]
    [InlineData("Privacy", "Aggregation")]
    [InlineData("Aggregation", "Training")]
    [InlineData("Training", "Cli")]
    [InlineData("Gateway", "Grains")]
    [InlineData("Cli", "Silo")]
    [InlineData("Cli", "Training.Torch")]
    [InlineData("Training.Tests", "Cli")]
    [InlineData("House.Tests", "Grains")]
    public void A_forbidden_arrow_is_found_and_named(string from, string to)
    {
        var project = Parse(from, $"""<ProjectReference Include="..\{to}\{to}.csproj" />""");
        var found = Assert.Single(ProjectRules.Arrows(project));
        Assert.StartsWith($"{from} -> {to} is not allowed; {from} may reference ", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cli", "Training")]
    [InlineData("Training", "Privacy")]
    [InlineData("Silo", "Grains")]
    [InlineData("Training.Tests", "Training")]
    [InlineData("Benchmarks", "Training")]
    public void An_allowed_arrow_is_not(string from, string to) =>
        Assert.Empty(ProjectRules.Arrows(Parse(from, $"""<ProjectReference Include="../{to}/{to}.csproj" />""")));

    [Fact]
    public void No_must_restore_project_may_see_an_optional_one()
    {
        foreach (var (name, allowed) in ProjectRules.Product)
        {
            if (!ProjectRules.IsOptional(name)) Assert.DoesNotContain(allowed, ProjectRules.IsOptional);
        }
    }

    [Theory]
    [InlineData("Helpers")]
    [InlineData("Helpers.Tests")]
    public void An_unknown_project_is_found(string name)
    {
        var found = Assert.Single(ProjectRules.Arrows(Parse(name, "")));
        Assert.Contains($"no project '{name}'", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""<PackageReference Include="P" Version="1.0" />""")]
    [InlineData("""<PackageReference Include="P" VersionOverride="1.0" />""")]
    [InlineData("""<PackageReference Include="P"><Version>1.0</Version></PackageReference>""")]
    public void A_stated_version_is_found(string xml)
    {
        Assert.Single(ProjectRules.Versions(Parse("Training", xml)));
        var central = Parse("Training", """<PackageReference Include="P" PrivateAssets="all" />""");
        Assert.Empty(ProjectRules.Versions(central));
    }

    [Theory]
    [InlineData("MathNet.Numerics", 1)]
    [InlineData("Meziantou.Analyzer", 0)]
    public void A_package_of_a_pure_project_is_found_unless_it_is_an_analyzer(string package, int violations)
    {
        var lockFile = $$"""{ "dependencies": { "net10.0": { "{{package}}": { "type": "Direct" } } } }""";
        Assert.Equal(violations, ProjectRules.PureLock(new("packages.lock.json", lockFile)).Count());
    }

    [Fact]
    public void A_project_outside_the_solution_is_found()
    {
        var solution = new SourceText(
            "S.sln", """Project("{1}") = "A.Tests", "tests\A.Tests\A.Tests.csproj", "{2}" """);
        Assert.Empty(ProjectRules.NotBuilt(solution, ["tests/A.Tests/A.Tests.csproj"]));
        Assert.Single(ProjectRules.NotBuilt(solution, ["tests/A.Tests/A.Tests.csproj", "B/B.csproj"]));
    }

    private static ProjectFile Parse(string name, string items) =>
        ProjectFile.Parse(new($"{name}/{name}.csproj", $"<Project><ItemGroup>{items}</ItemGroup></Project>"));
}
