using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>Two processes that are the same agent.</summary>
public sealed class DuplicateTests
{
    private const int InUse = 3;

    [Fact]
    public async Task A_second_process_on_a_folder_is_refused()
    {
        await using var world = await World.StartAsync(new());
        await using var second = new Site("north", world.North.Folder.Root);
        second.Launch();
        Assert.Equal(InUse, await second.Process.EndAsync());
        Assert.Contains("in use by another agent process", second.Process.Output, StringComparison.Ordinal);
        await world.UntilDoneAsync(await world.BeginAsync());
        await world.CloseAsync();
        FaultTable.Add("agent, twice", "on one folder", "the second ends with exit 3 and says why");
    }

    /// <summary>
    /// The server counts an agent once whatever it sends, and takes no second update. But nothing can tell a copied
    /// ledger from the first: the texts have answered twice, and each copy has noted one charge. What protects is that
    /// only one answer leaves the server's hands, in a sum; who copies folders must count for both.
    /// </summary>
    [Fact]
    public async Task Of_two_agents_from_a_copied_folder_one_update_counts_and_each_ledger_knows_its_own_charge_only()
    {
        await using var world = await World.StartAsync(new());
        var copy = Path.Combine(world.Folder, "copy");
        CopyFolder(world.North.Folder.Root, copy);
        await using var twin = new Site("north", copy);

        // Both are to have an update: the second comes when the first has begun to train.
        world.North.Arm("step-4", FaultPoint.Wait);
        var round = await world.BeginAsync();
        await world.North.Process.LineAsync($"{FaultPoint.Waiting} step-4");
        await twin.StartAsync();
        await twin.Process.LineAsync("100 %");
        await twin.Process.LineAsync("the server has the update");
        world.North.Disarm();
        await world.North.Process.LineAsync("came to nothing");
        var report = Assert.Single(await world.UntilDoneAsync(round));
        var counted = Assert.IsType<Standing.Delivered>(world.North.In(report)).Update;
        Assert.Equal(counted, Assert.IsType<LedgerRecord.Sent>(twin.OutcomeOf(report.Id)).Update);
        Assert.IsType<LedgerRecord.Refused>(world.North.OutcomeOf(report.Id));
        Assert.Single(report.Agents, agent => agent.Agent == twin.Agent);
        Assert.Single(twin.ChargesOf(round));
        Assert.Single(world.North.ChargesOf(round));
        FaultTable.Add(
            "agent, twice", "from a copied folder",
            "one update counted, the other refused; each ledger holds one charge of the two: copies are not protected");
    }

    private static void CopyFolder(string from, string to)
    {
        // All but the lock, which the first process holds.
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == ".lock") continue;
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
