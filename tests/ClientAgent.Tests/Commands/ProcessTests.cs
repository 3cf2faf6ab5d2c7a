using System.Diagnostics;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Commands;

/// <summary>Goal: the program itself obeys signals. Method: real processes and the signals of systemd.</summary>
public class ProcessTests
{
    [Fact]
    public async Task SIGTERM_ends_an_agent_with_0_and_its_folder_is_free()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM");
        await using var world = await AgentWorld.StartAsync();
        using var agent = Start(world);
        await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
        Assert.True(world.Folder.IsLocked());
        Signal(agent, "TERM");
        await agent.WaitForExitAsync(Deadline());
        Assert.Equal(ExitCode.Done, agent.ExitCode);
        Assert.False(world.Folder.IsLocked());
    }

    [Fact]
    public async Task A_killed_agents_folder_is_free_for_the_next()
    {
        await using var world = await AgentWorld.StartAsync();
        using (var agent = Start(world))
        {
            await world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders);
            agent.Kill();
            await agent.WaitForExitAsync(Deadline());
        }

        var code = await world.WhileRunningAsync(
            () => world.Server.WaitForAsync(r => r.Path == Routes.Agent.Orders, count: 2));
        Assert.Equal(ExitCode.Done, code);
    }

    private static CancellationToken Deadline() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private static Process Start(AgentWorld world)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "fedlowrank-agent.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, "run", "--folder", world.Folder.Root]))!;
    }

    private static void Signal(Process agent, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo(
            "kill", [$"-{signal}", agent.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))!;
        Assert.True(kill.WaitForExit(TimeSpan.FromSeconds(20)));
    }
}
