namespace FedLowRank.House.Tests;

/// <summary>
/// Goal: <c>./fed</c> leaves a project out where a feed lacks a package that only optional projects need, and for no
/// other reason. Method: the script itself, with a stand-in for <c>dotnet</c> that fails as the real one does.
/// </summary>
public sealed class ScriptTests : IDisposable
{
    private const string Lack = "error NU1101: Unable to find package Microsoft.Orleans.Server. No packages exist " +
        "with this id in source(s): feed [FedLowRank.sln]";

    private const string NotBuilt = "not built: Cluster.Tests, Silo; the package feeds lack Microsoft.Orleans.Server";

    private readonly ScriptWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Where_all_packages_are_there_every_suite_runs()
    {
        var (exit, said) = await world.RunAsync(requireAll: false, "test");
        Assert.True(exit == 0, said);
        Assert.Contains("2 passed, 0 failed", said, StringComparison.Ordinal);
        Assert.DoesNotContain("not built", said, StringComparison.Ordinal);
        Assert.Contains(world.Calls, call => call.StartsWith("build FedLowRank.sln ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_feed_lacks_is_left_out_and_said_in_one_line_and_the_rest_is_tested()
    {
        world.Lacks(Error("Silo", Lack), Error("tests/Cluster.Tests", Lack));
        var (exit, said) = await world.RunAsync(requireAll: false, "test");
        Assert.True(exit == 0, said);
        Assert.Single(said.Split('\n'), NotBuilt);
        Assert.Contains("1 passed, 0 failed", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Silo.csproj", world.Filter, StringComparison.Ordinal);
        Assert.DoesNotContain("Cluster.Tests.csproj", world.Filter, StringComparison.Ordinal);
        Assert.Contains("\"Grains/Grains.csproj\"", world.Filter, StringComparison.Ordinal);
        Assert.Contains("\"tests/Privacy.Tests/Privacy.Tests.csproj\"", world.Filter, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test", "--suite", "cluster")]
    [InlineData("demo", "--silos", "2")]
    [InlineData("up")]
    public async Task Who_asks_for_what_is_left_out_hears_why_and_gets_an_error(params string[] verb)
    {
        world.Lacks(Error("Silo", Lack), Error("tests/Cluster.Tests", Lack));
        var (exit, said) = await world.RunAsync(requireAll: false, verb);
        Assert.Equal(1, exit);
        Assert.EndsWith(NotBuilt, said.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("passed", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error NU1102: Unable to find package Azure.Storage.Blobs with version (>= 12.17.0)")]
    [InlineData("error NU1103: Unable to find a stable package System.IO.Hashing with version (>= 10.0.12)")]
    public async Task A_version_that_is_lacking_is_like_a_package_that_is(string error)
    {
        world.Lacks(Error("Silo", error), "  - Found 3 version(s) in feed [ Nearest version: 1.0.0 ]");
        var (exit, said) = await world.RunAsync(requireAll: false, "test");
        Assert.True(exit == 0, said);
        Assert.Contains("not built: Silo; the package feeds lack ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo", "error NU1301: Unable to load the service index for source feed.")]
    [InlineData("Silo", "error NU1603: Warning As Error: Microsoft.Orleans.Server 10.4.3 was resolved instead.")]
    [InlineData("Silo", "error NU1101: Unable to find package Npgsqll. No packages exist with this id")]
    [InlineData("Cli", Lack)]
    public async Task Any_other_fault_of_a_restore_fails(string project, string error)
    {
        world.Lacks(Error("tests/Cluster.Tests", Lack), Error(project, error));
        var (exit, said) = await world.RunAsync(requireAll: false, "test");
        Assert.Equal(1, exit);
        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.DoesNotContain("not built", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_out_where_all_is_required()
    {
        world.Lacks(Error("Silo", Lack));
        var (exit, said) = await world.RunAsync(requireAll: true, "test");
        Assert.Equal(1, exit);
        Assert.Contains(Lack, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_lacking_is_asked_once_until_a_project_is_edited()
    {
        world.Lacks(Error("Silo", Lack), Error("tests/Cluster.Tests", Lack));
        await world.RunAsync(requireAll: false, "test");
        Assert.Equal(2, Restores());

        var (exit, said) = await world.RunAsync(requireAll: false, "test");
        Assert.True(exit == 0, said);
        Assert.Single(said.Split('\n'), NotBuilt);
        Assert.Equal(1, Restores());

        world.Edit();
        await world.RunAsync(requireAll: false, "test");
        Assert.Equal(2, Restores());
    }

    private int Restores() => world.Calls.Count(call => call.StartsWith("restore ", StringComparison.Ordinal));

    private static string Error(string project, string error) =>
        $"/somewhere/{project}/{Path.GetFileName(project)}.csproj : {error}";
}
