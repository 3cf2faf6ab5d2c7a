using FedLowRank.Cli.Commands;
using FedLowRank.Tests;

namespace FedLowRank.Cli.Tests.Demo;

/// <summary>What <c>demo</c> and <c>up</c> say to a command line that cannot be used.</summary>
public sealed class DemoCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        output.Dispose();
        error.Dispose();
    }

    [Theory]
    [InlineData("demo", "0")]
    [InlineData("demo", "10")]
    [InlineData("demo", "-1")]
    [InlineData("up", "three")]
    [InlineData("up", "2.5")]
    public async Task A_number_of_silos_that_cannot_be_is_refused(string verb, string silos)
    {
        Assert.Equal(ExitCode.BadInput, await RunAsync(verb, "--silos", silos));
        Assert.Contains(
            $"--silos is '{silos}'; expected a number from 1 to 9", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo", "--silos", "2")]
    [InlineData("up")]
    public async Task A_cluster_without_its_program_is_refused_in_one_line(params string[] verb)
    {
        var missing = Path.Combine(folder, "silo.dll");
        string[] places = ["--silo", missing, "--output", folder, "--samples", RepositoryFiles.Path("samples")];
        Assert.Equal(ExitCode.BadInput, await RunAsync([.. verb, .. places]));
        Assert.Equal(
            $"the cluster's program is not at {missing}; say where it is with --silo", error.ToString().TrimEnd());
        Assert.Empty(output.ToString());
    }

    private Task<int> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync(arguments, new(output, error), TestContext.Current.CancellationToken);
}
