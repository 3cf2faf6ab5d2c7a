using System.Diagnostics;
using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Server;
using FedLowRank.Faults.Tests.Worlds;

namespace FedLowRank.Faults.Tests;

/// <summary>Disks that are full or give back something else than was written: each a clear outcome, none a wrong
/// checkpoint.</summary>
public sealed class StorageFaultTests(WorldFixture fixture) : IClassFixture<WorldFixture>
{
    private readonly World world = fixture.World;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Updates_wait_while_the_servers_disk_is_full()
    {
        var round = await world.BeginTrainingAsync("step-4");
        var mark = world.Server.Mark;
        await File.WriteAllTextAsync(world.DiskFullSign, "", Token);
        foreach (var site in world.Sites) site.Disarm();
        foreach (var site in world.Sites) await site.UntilInOutboxAsync(new(round, 1));
        await world.Server.LinesAsync(FullDisk.NoRoom, 3, mark);
        File.Delete(world.DiskFullSign);
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.All(world.Sites, site => Assert.IsType<Standing.Delivered>(site.In(report)));
        Assert.All(world.Sites, site => Assert.Single(site.ChargesOf(round)));
        FaultTable.Add(
            "server's disk full", "while all upload", "updates wait in the outbox and are sent later, 3 of 3");
    }

    [Fact]
    public async Task A_run_pauses_and_says_so_where_its_work_finds_the_disk_full()
    {
        var round = await world.BeginUntilAsync("before-aggregate", count: 1);
        await File.WriteAllTextAsync(world.DiskFullSign, "", Token);
        world.Disarm();
        var stalled = Assert.IsType<PauseReason.WorkStalled>(await UntilPausedAsync(round));
        Assert.Contains("disk is full", stalled.Detail, StringComparison.Ordinal);
        File.Delete(world.DiskFullSign);
        await ResumeAsync(round);
        FaultTable.Add(
            "server's disk full", "while it sums",
            "pauses: 'the disk is full'; resumed, completes with the same list");
    }

    [Fact]
    public async Task An_update_that_rots_between_receipt_and_sum_is_never_summed()
    {
        var round = await world.BeginUntilAsync("before-aggregate", count: 1);
        var roster = (await world.StateAsync()).Round!.Roster;
        var update = roster.Select(agent => agent.Standing).OfType<Standing.Delivered>().First().Update;
        var file = Assert.Single(Directory.GetFiles(
            Path.Combine(world.ServerFolder, "blobs"), update.ToString(), SearchOption.AllDirectories));
        var sound = await File.ReadAllBytesAsync(file, Token);
        await WriteOverAsync(file, Flipped(sound, sound.Length / 2));
        world.Disarm();
        var stalled = Assert.IsType<PauseReason.WorkStalled>(await UntilPausedAsync(round));
        Assert.Contains(update.ToString(), stalled.Detail, StringComparison.Ordinal);
        await WriteOverAsync(file, sound);
        await ResumeAsync(round);
        FaultTable.Add(
            "an update's blob, one byte", "between receipt and sum",
            "pauses and names the blob, no checkpoint; restored and resumed, completes");
    }

    [Fact]
    public async Task An_agent_with_a_damaged_ledger_declines_and_says_why()
    {
        Assert.Equal(0, await world.North.Process.TerminateAsync());
        var sound = await File.ReadAllBytesAsync(world.North.Folder.Ledger, Token);
        await File.WriteAllBytesAsync(world.North.Folder.Ledger, Flipped(sound, sound.Length / 2), Token);
        await world.North.StartAsync();
        var round = await world.BeginAsync();
        var declined = new Standing.Declined(DeclineReason.Ledger);
        await world.UntilAsync(state => state.Round is { } now && now.Roster.Any(entry =>
            entry.Agent == world.North.Agent && entry.Standing == declined));
        await world.North.Process.LineAsync("the ledger is damaged");
        Assert.Equal(0, await world.North.Process.TerminateAsync());
        await File.WriteAllBytesAsync(world.North.Folder.Ledger, sound, Token);
        await world.North.StartAsync();

        // Somebody else could still come in its place; nobody here waits for that.
        await world.SayAsync("runs", "pause", World.Run.Value, "--round", "abandon");
        await world.SayAsync("runs", "resume", World.Run.Value);
        await world.BeginAsync();
        var reports = await world.UntilDoneAsync(round);
        Assert.Equal(declined, world.North.In(reports[0]));
        Assert.IsType<Standing.Delivered>(world.North.In(reports[^1]));
        Assert.Single(world.North.ChargesOf(round));
        FaultTable.Add(
            "an agent's ledger, one byte", "before a round",
            "declined (Ledger), nothing charged; restored, it takes part");
    }

    [Fact]
    public async Task An_agent_whose_disk_is_full_after_training_reports_the_round_as_lost()
    {
        var outbox = Directory.CreateDirectory(world.North.Folder.Outbox).FullName;
        Assert.SkipUnless(
            await TryMountAsync("-t", "tmpfs", "-o", "size=16k", "tmpfs", outbox), "no tmpfs can be mounted here");
        try
        {
            var round = await world.BeginAsync();
            var report = Assert.Single(await world.UntilDoneAsync(round));
            Assert.Equal(new Standing.Lost(LostReason.Resources), world.North.In(report));
            Assert.Single(world.North.ChargesOf(round));
        }
        finally
        {
            using var unmount = Process.Start("umount", ["--lazy", outbox]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }

        FaultTable.Add("agent's disk full", "when its update is written", "lost (Resources): spent, reported; 2 of 3");
    }

    [Fact]
    public async Task A_server_whose_database_is_damaged_names_the_run_and_serves_the_rest()
    {
        await using var other = await World.StartAsync(new());
        await other.UntilDoneAsync(await other.BeginAsync());
        Assert.Equal(0, await other.Server.TerminateAsync());

        // In every copy of the state, the snapshot's too.
        var database = Path.Combine(other.ServerFolder, "journal.db");
        var bytes = await File.ReadAllBytesAsync(database, Token);
        var mark = Encoding.ASCII.GetBytes("\"type\":\"delivered\"");
        var found = 0;
        for (var at = bytes.AsSpan().IndexOf(mark); at >= 0; found++)
        {
            bytes[at + 8] ^= 1;
            var next = bytes.AsSpan(at + 1).IndexOf(mark);
            at = next < 0 ? -1 : at + 1 + next;
        }

        Assert.True(found > 0);
        await File.WriteAllBytesAsync(database, bytes, Token);
        await other.StartServerAsync();
        var line = await other.Server.LineAsync($"run {World.Run} is damaged and stands still");
        var (code, answer) = await other.TryAsync("runs", "show", World.Run.Value);
        Assert.NotEqual(0, code);
        Assert.Equal("run-damaged", answer.GetProperty("error").GetProperty("code").GetString());
        var listed = Assert.Single((await other.SayAsync("runs", "list")).EnumerateArray());
        Assert.StartsWith("damaged: ", listed.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, (await other.SayAsync("agents", "list")).GetArrayLength());
        FaultTable.Add(
            "server's database, bytes of a page", "while it is stopped",
            $"starts, serves the rest, and says '{line[line.IndexOf("run ", StringComparison.Ordinal)..]}'");
    }

    private async Task<PauseReason> UntilPausedAsync(int round)
    {
        var state = await world.UntilAsync(state => state.Status is RunStatus.Paused);
        Assert.Equal(round - 1, state.LastRound);
        return ((RunStatus.Paused)state.Status).Reason;
    }

    private async Task ResumeAsync(int round)
    {
        await world.SayAsync("runs", "resume", World.Run.Value);
        var report = Assert.Single(await world.UntilDoneAsync(round));
        Assert.All(world.Sites, site => Assert.IsType<Standing.Delivered>(site.In(report)));
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        var damaged = bytes.ToArray();
        damaged[at] ^= 1;
        return damaged;
    }

    // Blobs are read-only files; another in its place is what a restored backup would be.
    private static async Task WriteOverAsync(string file, byte[] bytes)
    {
        await File.WriteAllBytesAsync(file + ".new", bytes);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static async Task<bool> TryMountAsync(params string[] arguments)
    {
        try
        {
            using var mount = Process.Start(new ProcessStartInfo("mount", arguments)
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            })!;
            await mount.WaitForExitAsync();
            return mount.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
