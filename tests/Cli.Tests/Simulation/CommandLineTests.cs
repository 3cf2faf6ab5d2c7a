using System.Text.Json;
using FedLowRank.Cli.Commands;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>The program from its arguments to its exit code.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TinyWorld world = new();
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        world.Dispose();
        output.Dispose();
        error.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync(arguments, world.Host(output, error), Token);

    [Fact]
    public async Task Simulate_writes_its_results_and_ends_with_one_line_of_figures()
    {
        var config = world.Write("tiny.json", TinyWorld.Json(TinyWorld.Private()));
        Assert.Equal(ExitCode.Done, await RunAsync("simulate", config, "--json"));

        var results = Path.Combine(world.Folder, "results");
        Assert.Equal(
            ["agents.csv", "report.html", "results.json", "rounds.csv"],
            Directory.GetFiles(results).Select(f => Path.GetFileName(f)).Order());
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors"],
            Directory.GetFiles(Path.Combine(results, "adapter")).Select(f => Path.GetFileName(f)).Order());
        using var figures = JsonDocument.Parse(output.ToString().TrimEnd().Split('\n')[^1]);
        Assert.Equal("tiny", figures.RootElement.GetProperty("name").GetString());
        Assert.InRange(figures.RootElement.GetProperty("epsilon_max").GetDouble(), 0.1, 4);
        Assert.Contains("round 5 of 5, accuracy", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_goes_where_the_option_says()
    {
        var config = world.Write("tiny.json", TinyWorld.Json());
        var elsewhere = Path.Combine(world.Folder, "a", "b");
        Assert.Equal(ExitCode.Done, await RunAsync("simulate", config, "--output", elsewhere));
        Assert.True(File.Exists(Path.Combine(elsewhere, "report.html")));
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "results")));
    }

    [Fact]
    public async Task Demo_compares_three_runs_and_ends_with_one_line_of_figures()
    {
        Directory.CreateDirectory(Path.Combine(world.Folder, "debian-topics"));
        foreach (var (name, text) in ((string, string)[])
            [("federated", TinyWorld.Json()),
             ("federated-private", TinyWorld.Json(TinyWorld.Private())),
             ("centralised", TinyWorld.Json(
                 ("'split': 'natural'", "'split': 'iid', 'count': 1"), ("'size': 4", "'size': 1")))])
        {
            world.Write(
                $"debian-topics/{name}.json", text.Replace("texts.tsv", "../texts.tsv", StringComparison.Ordinal));
        }

        var folder = Path.Combine(world.Folder, "demo");
        Assert.Equal(ExitCode.Done, await RunAsync("demo", "--compare", "--json", "--output", folder));
        using var figures = JsonDocument.Parse(output.ToString().TrimEnd().Split('\n')[^1]);
        Assert.Equal(
            ["majority", "untrained", "federated", "federated_private", "centralised",
             "epsilon_max", "delta", "seconds"],
            figures.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.True(figures.RootElement.GetProperty("centralised").GetDouble() > 0.5);
        Assert.Contains("majority class", output.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));
    }

    [Fact]
    public async Task A_bad_configuration_lists_its_faults_and_writes_nothing()
    {
        var config = world.Write(
            "tiny.json", TinyWorld.Json(("'rounds': 5", "'rounds': 0"), ("'seed': 7", "'seed': -7")));
        Assert.Equal(ExitCode.BadInput, await RunAsync("simulate", config));
        Assert.Contains($"{config}: rounds: is 0;", error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{config}: seed: is -7;", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "results")));
    }

    [Theory]
    [InlineData("simulate")]
    [InlineData("simulate", "")]
    [InlineData("simulate", "nowhere.json")]
    [InlineData("simulate", "a.json", "--fast")]
    [InlineData("fly")]
    public async Task A_bad_command_line_is_bad_input(params string[] arguments)
    {
        Assert.Equal(ExitCode.BadInput, await RunAsync(arguments));
        Assert.NotEmpty(error.ToString());
    }

    [Fact]
    public async Task Bad_data_is_bad_input()
    {
        world.Write("texts.tsv", "id\tsplit\tlabel\tclient\nx\ttrain\ta\tb\n");
        var config = world.Write("tiny.json", TinyWorld.Json());
        Assert.Equal(ExitCode.BadInput, await RunAsync("simulate", config));
        Assert.Contains("\"text\"", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_before_the_run()
    {
        var config = world.Write("tiny.json", TinyWorld.Json());
        var file = world.Write("occupied", "");
        var taken = Path.Combine(world.Folder, "taken");
        Directory.CreateDirectory(Path.Combine(taken, "report.html"));
        foreach (var folder in (string[])[file, Path.Combine(file, "below"), taken, ""])
        {
            Assert.Equal(ExitCode.BadInput, await RunAsync("simulate", config, "--output", folder));
            Assert.Contains("output", error.ToString(), StringComparison.Ordinal);
            Assert.Equal(ExitCode.BadInput, await RunAsync("demo", "--compare", "--output", folder));
        }

        Assert.DoesNotContain("round 1", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_refused_leaves_no_folder_behind()
    {
        var config = world.Write("tiny.json", TinyWorld.Json(("'size': 4", "'size': 7")));
        var folder = Path.Combine(world.Folder, "a", "b");
        Assert.Equal(ExitCode.BadInput, await RunAsync("simulate", config, "--output", folder));
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "a")));
    }

    [Fact]
    public async Task A_cancelled_run_says_so_and_writes_nothing()
    {
        var config = world.Write("tiny.json", TinyWorld.Json());
        var code = await CommandLine.RunAsync(
            ["simulate", config], world.Host(output, error), new CancellationToken(canceled: true));
        Assert.Equal(ExitCode.Cancelled, code);
        Assert.Contains("cancelled", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "results")));
    }

    [Theory]
    [InlineData("--version", "0.1.0")]
    [InlineData("--help", "simulate")]
    public async Task Version_and_help_are_there(string option, string expected)
    {
        Assert.Equal(ExitCode.Done, await RunAsync(option));
        Assert.Contains(expected, output.ToString(), StringComparison.Ordinal);
    }
}
