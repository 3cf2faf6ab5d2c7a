namespace FedLowRank.House.Tests;

/// <summary>
/// Goal: all but the optional projects restores from every feed, and the lists of what is optional agree. Method: parse
/// project files, lock files, the filter and the lists; each rule is also shown a bad sample.
/// </summary>
public class OptionalTests
{
    private static readonly IReadOnlyList<ProjectFile> Projects =
        [.. TrackedFiles.EndingIn(".csproj").Select(ProjectFile.Parse)];

    private static readonly SourceText Script = TrackedFiles.Read("fed");

    [Fact]
    public void Directory_Build_props_lists_the_optional_projects() => Violations.None(OptionalRules.WronglyListed(
        TrackedFiles.Read("Directory.Build.props"), Projects.Select(project => project.Name)));

    [Fact]
    public void The_filter_holds_exactly_what_must_restore() =>
        Violations.None(OptionalRules.WronglyFiltered(TrackedFiles.Read("FedLowRank.Core.slnf"), Projects));

    [Fact]
    public void Must_restore_projects_have_a_lock_file_and_optional_ones_have_none() =>
        Violations.None(OptionalRules.LockFiles(Projects, TrackedFiles.All.ToHashSet()));

    [Fact]
    public void No_must_restore_project_needs_a_package_that_some_feeds_lack()
    {
        var packages = OptionalRules.Packages(Script);
        var locks = TrackedFiles.EndingIn("/packages.lock.json").ToList();
        Assert.NotEmpty(locks);
        Violations.None(locks.SelectMany(file => OptionalRules.Needed(file, packages))
            .Concat(Projects.SelectMany(project => OptionalRules.Referenced(project, packages))));
    }

    [Fact]
    public void A_package_that_is_pinned_as_optional_is_one_that_the_script_may_lack() => Violations.None(
        OptionalRules.Unlisted(TrackedFiles.Read("Directory.Packages.props"), OptionalRules.Packages(Script)));

    [Theory]
    [InlineData("Silo", true)]
    [InlineData("Storage.AzureBlobs.Tests", true)]
    [InlineData("Cluster.Tests", true)]
    [InlineData("Cli", false)]
    [InlineData("Faults.Tests", false)]
    public void A_project_is_optional_or_must_restore(string project, bool optional) =>
        Assert.Equal(optional, ProjectRules.IsOptional(project));

    [Theory]
    [InlineData("Silo;Cli", "Cli must not be there")]
    [InlineData("", "Silo must be there")]
    public void A_wrong_list_is_found(string listed, string wrong)
    {
        var props = new SourceText("P.props", $"<Project><OptionalProjects>;{listed};</OptionalProjects></Project>");
        Assert.Equal($"P.props: {wrong}", Assert.Single(OptionalRules.WronglyListed(props, ["Cli", "Silo"])));
    }

    [Theory]
    [InlineData("""Cli\\Cli.csproj", "Silo\\Silo.csproj""", "Silo/Silo.csproj must not be there")]
    [InlineData("""Silo/Silo.csproj", "Cli/Cli.csproj""", "Silo/Silo.csproj must not be there")]
    public void A_wrong_filter_is_found(string kept, string wrong)
    {
        var filter = new SourceText("F.slnf", $$$"""{"solution": {"projects": ["{{{kept}}}"]}}""");
        Assert.Equal(
            $"F.slnf: {wrong}",
            Assert.Single(OptionalRules.WronglyFiltered(filter, [Parse("Cli", ""), Parse("Silo", "")])));
        Assert.Single(OptionalRules.WronglyFiltered(
            new("F.slnf", """{"solution": {"projects": []}}"""), [Parse("Cli", ""), Parse("Silo", "")]));
    }

    [Fact]
    public void A_lock_file_too_many_or_too_few_is_found()
    {
        ProjectFile[] projects = [Parse("Cli", ""), Parse("Silo", "")];
        Assert.Empty(OptionalRules.LockFiles(projects, ["Cli/packages.lock.json"]));
        Assert.Equal(2, OptionalRules.LockFiles(projects, ["Silo/packages.lock.json"]).Count());
    }

    [Theory]
    [InlineData("Microsoft.Orleans.Server", "Grains")]
    [InlineData("TorchSharp-cpu", "Training.Torch")]
    [InlineData("Azure.Storage.Blobs", "Storage.AzureBlobs")]
    [InlineData("System.IO.Hashing", "Storage.AzureBlobs")]
    public void A_package_that_some_feeds_lack_is_found(string package, string home)
    {
        var packages = OptionalRules.Packages(Script);
        var xml = $"""<PackageReference Include="{package}" />""";
        Assert.Single(OptionalRules.Referenced(Parse("Training", xml), packages));
        Assert.Empty(OptionalRules.Referenced(Parse(home, xml), packages));
        Assert.Empty(OptionalRules.Referenced(Parse(home + ".Tests", xml), packages));

        var lockFile = $$"""{ "dependencies": { "net10.0": { "{{package}}": { "type": "Transitive" } } } }""";
        Assert.Single(OptionalRules.Needed(new("Training/packages.lock.json", lockFile), packages));
    }

    [Theory]
    [InlineData("Npgsql")]
    [InlineData("System.IO.Pipelines")]
    public void A_package_that_every_feed_has_is_not(string package)
    {
        var packages = OptionalRules.Packages(Script);
        var xml = $"""<PackageReference Include="{package}" />""";
        Assert.Empty(OptionalRules.Referenced(Parse("Training", xml), packages));

        var group = $"""<ItemGroup Label="Optional"><PackageVersion Include="{package}" /></ItemGroup>""";
        Assert.Single(OptionalRules.Unlisted(new("V.props", $"<Project>{group}</Project>"), packages));
    }

    private static ProjectFile Parse(string name, string items) =>
        ProjectFile.Parse(new($"{name}/{name}.csproj", $"<Project><ItemGroup>{items}</ItemGroup></Project>"));
}
