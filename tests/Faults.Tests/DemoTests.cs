using System.Diagnostics;
using System.Text.Json;
using FedLowRank.Tests;

namespace FedLowRank.Faults.Tests;

/// <summary>What a new user types first, as they type it.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fed-demo-").FullName;

    [Fact]
    public async Task The_demo_goes_on_when_an_agent_is_killed_keeps_its_budget_and_leaves_nothing_behind()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName;
        var output = Path.Combine(folder, "results");
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "fedlowrank.dll"), "demo", "--json", "--output", output,
            "--samples", RepositoryFiles.Path("samples"),
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["TMPDIR"] = temporary;
        var stop = TestContext.Current.CancellationToken;
        using var demo = Process.Start(start)!;
        var (said, told) = (demo.StandardOutput.ReadToEndAsync(stop), demo.StandardError.ReadToEndAsync(stop));
        await demo.WaitForExitAsync(stop);

        var progress = await told;
        Assert.True(demo.ExitCode == 0, progress);
        Assert.Contains("is killed in the middle of its training", progress, StringComparison.Ordinal);
        using var figures = JsonDocument.Parse((await said).TrimEnd().Split('\n')[^1]);
        var root = figures.RootElement;
        Assert.True(root.GetProperty("federated_private").GetDouble() > 2 * root.GetProperty("majority").GetDouble());
        Assert.InRange(root.GetProperty("epsilon_max").GetDouble(), 5, 6);
        Assert.Equal(1e-5, root.GetProperty("delta").GetDouble());
        Assert.True(File.Exists(Path.Combine(output, "adapter", "adapter_model.safetensors")));
        Assert.Empty(Directory.GetDirectories(temporary));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
