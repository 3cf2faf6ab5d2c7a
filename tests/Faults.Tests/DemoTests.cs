using System.Text.Json;
using FedLowRank.Tests;

namespace FedLowRank.Faults.Tests;

/// <summary>What a new user types first, as they type it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_goes_on_when_an_agent_is_killed_keeps_its_budget_and_leaves_nothing_behind()
    {
        await using var demo = new RunningDemo("demo", "--json");
        Assert.True(await demo.EndAsync() == 0, demo.Text);

        Assert.Contains("is killed in the middle of its training", demo.Text, StringComparison.Ordinal);
        using var figures = JsonDocument.Parse(await demo.LineAsync("{\"majority\""));
        var root = figures.RootElement;
        Assert.True(root.GetProperty("federated_private").GetDouble() > 2 * root.GetProperty("majority").GetDouble());
        Assert.InRange(root.GetProperty("epsilon_max").GetDouble(), 5, 6);
        Assert.Equal(1e-5, root.GetProperty("delta").GetDouble());
        Assert.False(root.TryGetProperty("silos", out _));
        Assert.True(File.Exists(Path.Combine(demo.Output, "adapter", "adapter_model.safetensors")));
        demo.LeavesNothing();
    }

    [Theory]
    [InlineData("a server listens")]
    [InlineData("round 1")]
    public async Task Ctrl_C_leaves_nothing_behind(string when)
    {
        await using var demo = new RunningDemo("demo");
        await demo.LineAsync(when);
        await demo.InterruptAsync();
        Assert.True(await demo.EndAsync() == 130, demo.Text);
        demo.LeavesNothing();
    }
}
