using System.Text.Json;
using FedLowRank.Tests;

namespace FedLowRank.Cluster.Tests.Demo;

/// <summary>The demo on a cluster, and <c>up</c>, as a user types them.</summary>
public sealed class ClusterDemoTests
{
    private const string Profile = "owner's profile  ";

    [Fact]
    public async Task The_demo_goes_on_when_an_agent_and_a_silo_are_killed_and_leaves_nothing_behind()
    {
        await using var demo = await StartAsync("demo", "--silos", "3", "--json");
        Assert.True(await demo.EndAsync() == 0, demo.Text);

        Assert.Contains("is killed in the middle of its training", demo.Text, StringComparison.Ordinal);
        Assert.Contains("silo-1 is killed (SIGKILL), and the others take over", demo.Text, StringComparison.Ordinal);
        using var figures = JsonDocument.Parse(await demo.LineAsync("{\"majority\""));
        var root = figures.RootElement;
        Assert.Equal(3, root.GetProperty("silos").GetInt32());
        Assert.True(root.GetProperty("federated_private").GetDouble() > 2 * root.GetProperty("majority").GetDouble());
        Assert.InRange(root.GetProperty("epsilon_max").GetDouble(), 5, 6);
        Assert.Equal(1e-5, root.GetProperty("delta").GetDouble());
        Assert.True(File.Exists(Path.Combine(demo.Output, "adapter", "adapter_model.safetensors")));
        demo.LeavesNothing();
    }

    [Fact(Explicit = true)]
    public async Task The_only_silo_of_a_cluster_can_be_killed_and_started_again()
    {
        await using var demo = await StartAsync("demo", "--silos", "1");
        Assert.True(await demo.EndAsync() == 0, demo.Text);
        Assert.Contains("the only silo is killed (SIGKILL), and started again", demo.Text, StringComparison.Ordinal);
        demo.LeavesNothing();
    }

    [Theory]
    [InlineData("PostgreSQL is started")]
    [InlineData("silos and a gateway serve")]
    public async Task Ctrl_C_of_a_demo_leaves_nothing_behind(string when)
    {
        await using var demo = await StartAsync("demo", "--silos", "2");
        await demo.LineAsync(when);
        await demo.InterruptAsync();
        Assert.True(await demo.EndAsync() == 130, demo.Text);
        demo.LeavesNothing();
    }

    [Fact]
    public async Task A_cluster_that_is_up_serves_whoever_has_the_profile_until_Ctrl_C()
    {
        await using var up = await StartAsync("up", "--silos", "2");
        await up.LineAsync("Ctrl-C ends everything");
        Assert.Contains("round 1: 5 of 5 updates", up.Text, StringComparison.Ordinal);
        var line = await up.LineAsync(Profile);
        var profile = line[(line.IndexOf(Profile, StringComparison.Ordinal) + Profile.Length)..];
        var (exit, said) = await up.AskAsync("runs", "show", "topics", "--json", "--profile", profile);
        Assert.True(exit == 0, said);
        Assert.Contains("topics", said, StringComparison.Ordinal);

        await up.InterruptAsync();
        Assert.True(await up.EndAsync() == 0, up.Text);
        up.LeavesNothing();
    }

    /// <summary>Skips the test where there is no PostgreSQL to start.</summary>
    private static async Task<RunningDemo> StartAsync(params string[] verb)
    {
        var demo = new RunningDemo(verb);
        await demo.LineAsync("PostgreSQL");
        if (!demo.Text.Contains("a cluster needs PostgreSQL", StringComparison.Ordinal)) return demo;
        var missing = demo.Text;
        await demo.DisposeAsync();
        Assert.Skip(missing);
        return demo;
    }
}
