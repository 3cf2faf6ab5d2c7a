using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

// A test waits for what it began elsewhere.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: the running server lets go of what nobody needs, and never of what somebody needs or is about to. Method: real
/// rounds in the single process, days that pass by the test's clock, and traps at the moments that matter.
/// </summary>
public sealed class RetentionTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);
    private readonly List<TestAgent> agents = [];
    private SingleWorld world = null!;
    private int commands;

    private static RunId Run => TestPlans.Run;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IRunService Runs => world.Federation.Runs;

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in agents) await agent.DisposeAsync();
        await world.DisposeAsync();
    }

    [Fact]
    public async Task By_default_every_round_can_be_replayed_and_what_no_run_refers_to_goes_within_the_hour()
    {
        await OpenAsync();
        var done = await CompleteAsync(rounds: 3);
        var stray = await PutAsync(world.Blobs, "stray"u8.ToArray());
        await world.Blobs.BeginUploadAsync(new("stale"), 100, Token);
        System.IO.File.SetLastWriteTimeUtc(
            Assert.Single(Directory.GetFiles(Path.Combine(world.BlobFolder, "uploads", "stale"))),
            FederationWorld.Noon.UtcDateTime);
        var count = await CountAsync();
        Age();
        await UntilSweptAsync("removed 7 blobs");

        // The stray, and of each round two sums.
        Assert.Equal(count - 7, await CountAsync());
        Assert.Null(await world.Blobs.FindAsync(stray, Token));
        Assert.Null(await world.Blobs.FindUploadAsync(new("stale"), Token));
        Assert.Contains(world.Log.Lines, line => line.Contains("checkpoints of all rounds", StringComparison.Ordinal));
        await ReplayAsync([done.Origin.Checkpoint, .. CheckpointsOf(done)]);
    }

    [Fact]
    public async Task A_run_that_ends_is_swept_after_soon()
    {
        await OpenAsync();
        await CompleteAsync(rounds: 1);
        Age();
        await UntilSweptAsync("removed");
        world.Log.Lines.Clear();
        await AskAsync(new RunCommand.Rollback(0));
        await AskAsync(new RunCommand.Cancel());
        var before = world.Clock.GetUtcNow();
        await UntilSweptAsync("removed");
        Assert.True(world.Clock.GetUtcNow() - before < TimeSpan.FromMinutes(30), "it waited for the hour");
    }

    [Fact]
    public async Task The_last_rounds_alone_stay_where_the_policy_says_so_and_to_the_others_nothing_goes_back()
    {
        await OpenAsync(new() { CheckpointRounds = 2, UpdateRounds = 1 });
        var done = await CompleteAsync(rounds: 5);
        Age();
        Assert.Empty(Assert.IsType<SweepReport>(await world.Single.Keeper.SweepAsync(Token)).Missing);

        var checkpoints = CheckpointsOf(done);
        foreach (var gone in checkpoints[..3]) Assert.Null(await world.Blobs.FindAsync(gone, Token));
        var kept = done.History[4].Agents.SelectMany(BlobsOf).ToList();
        Assert.Equal(4, kept.Count);
        foreach (var update in kept) Assert.NotNull(await world.Blobs.FindAsync(update, Token));
        var old = done.History[3].Agents.SelectMany(BlobsOf);
        foreach (var update in old) Assert.Null(await world.Blobs.FindAsync(update, Token));
        var replay = await RunReplay.CheckAsync(world.Blobs, checkpoints[3..], world.BlobFolder, Token);
        Assert.Null(replay.Steps[1].Fault);

        Assert.IsType<Refusal.BadStart>(Assert.IsType<Answer.Refused>(
            await TryAsync(new RunCommand.Rollback(2))).Refusal);
        foreach (var round in (int[])[4, 0])
        {
            await AskAsync(new RunCommand.Rollback(round));
            Age();
            Assert.Empty((await world.Single.Keeper.SweepAsync(Token))!.Missing);
            Assert.IsType<RunState>(await UntilAsync(state => state.Status is RunStatus.Paused));
        }

        agents.ForEach(agent => agent.Connect(world));
        await AskAsync(new RunCommand.Resume());
        await UntilAsync(state => state.Status is RunStatus.Completed);
        Age();
        Assert.Empty((await world.Single.Keeper.SweepAsync(Token))!.Missing);
    }

    [Fact]
    public async Task What_a_held_round_and_the_next_attempt_at_it_need_stays_however_long_it_takes()
    {
        await OpenAsync(new() { CheckpointRounds = 1, UpdateRounds = 1 });
        await StartAsync(rounds: 1);
        var (quick, slow) = (Add("north"), Add("south"));
        slow.Holds = RoundStage.Collecting;
        agents.ForEach(agent => agent.Connect(world));
        await UntilAsync(state => state.Round?.Roster.Any(entry => entry.Standing is Standing.Delivered) == true);
        world.Clock.Advance(TimeSpan.FromMinutes(20));
        Age();
        await UntilAsync(state => state.Status is RunStatus.Paused { Held: not null });
        await world.Single.Keeper.SweepAsync(Token);
        await AskAsync(new RunCommand.Resume());
        await UntilAsync(state => state.Status is RunStatus.InRound);
        await world.Single.Keeper.SweepAsync(Token);

        slow.Holds = null;
        await slow.DisconnectAsync();
        slow.Connect(world);
        var done = await UntilAsync(state => state.Status is RunStatus.Completed);
        Assert.Contains((Run, new RoundId(1, 1)), quick.Receipts.Keys);
        Age();
        await world.Single.Keeper.SweepAsync(Token);
        await ReplayAsync([done.Origin.Checkpoint, .. CheckpointsOf(done)]);
    }

    [Fact]
    public async Task An_update_that_is_sent_while_a_sweep_is_about_to_delete_the_same_bytes_stays()
    {
        await OpenAsync();
        await StartAsync(rounds: 1);
        var (north, south) = (Add("north"), Add("south"));
        north.Holds = RoundStage.Collecting;
        agents.ForEach(agent => agent.Connect(world));
        var round = (await UntilAsync(
            state => state.Round?.Roster.Any(entry => entry.Standing is Standing.Delivered) == true)).Round!;
        var early = await world.UpdateAsync(Run, north.Id, round.Id, round.Start);
        await AskAsync(new RunCommand.Pause(PauseMode.HoldRound));
        Age();

        var trapped = 0;
        world.Trapped.BeforeDelete = async hash =>
        {
            if (hash != early.Update) return;
            trapped++;
            var late = await world.UpdateAsync(Run, north.Id, round.Id, round.Start);
            Assert.IsType<Answer.Received>(await Runs.ApplyAsync(Run, late, Token));
        };
        await world.Single.Keeper.SweepAsync(Token);
        Assert.Equal(1, trapped);
        Assert.NotNull(await world.Blobs.FindAsync(early.Update, Token));
        await AskAsync(new RunCommand.Resume());
        await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    [Fact]
    public async Task A_run_that_is_made_of_an_old_adapter_ends_the_sweep_that_is_about_to_delete_it()
    {
        await OpenAsync();
        var start = await world.StoreStartAsync();
        Age();
        Task<RunCreation>? creation = null;
        world.Trapped.BeforeDelete = hash =>
        {
            Assert.Equal(start, hash);
            creation = Runs.CreateAsync(new(Run, TestPlans.Of(2), start), "olga", Token);
            Assert.False(creation.IsCompleted, "it does not look before the sweep has ended");
            return Task.CompletedTask;
        };
        Assert.Null(await world.Single.Keeper.SweepAsync(Token));
        Assert.IsType<RunCreation.Created>(await creation!);
        Assert.NotNull(await world.Blobs.FindAsync(start, Token));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("fork")]
    [InlineData("rollback")]
    public async Task Nothing_is_swept_between_the_look_at_what_to_start_from_and_the_state_that_needs_it(string what)
    {
        await OpenAsync(new() { CheckpointRounds = 1 });
        await CompleteAsync(rounds: 2);
        var spare = await PutAsync(world.Blobs, File(Start()));
        Age();
        var (looked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Work.AfterCheck = () =>
        {
            looked.SetResult();
            return goOn.Task;
        };
        var started = what switch
        {
            "create" => Runs.CreateAsync(new(new("other"), TestPlans.Of(2), spare), "olga", Token),
            "fork" => (Task)AskAsync(new RunCommand.Fork(1, new("other"), Seed: 1, Plan: null)),
            _ => AskAsync(new RunCommand.Rollback(1)),
        };
        await looked.Task.WaitAsync(Patience, Token);
        Assert.Null(await world.Single.Keeper.SweepAsync(Token));
        world.Work.AfterCheck = null;
        goOn.SetResult();
        await started;

        Assert.NotNull(await world.Single.Keeper.SweepAsync(Token));
        if (what == "rollback")
        {
            await AskAsync(new RunCommand.Resume());
            await UntilAsync(state => state.Status is RunStatus.Completed);
        }
        else
        {
            await UntilAsync(state => state.Forks.Count == 0);
            await AskAsync(new RunCommand.Start(), new("other"));
            await UntilAsync(state => state.Status is RunStatus.Completed, new("other"));
        }
    }

    [Fact]
    public async Task Where_a_run_is_damaged_or_its_checkpoint_gone_nothing_goes_and_the_operator_is_told()
    {
        await OpenAsync();
        var done = await CompleteAsync(rounds: 2);
        Age();
        await world.Blobs.DeleteAsync(CheckpointsOf(done)[0], DateTimeOffset.MaxValue, Token);
        var count = await CountAsync();
        await Assert.ThrowsAsync<CheckpointException>(() => world.Single.Keeper.SweepAsync(Token));
        await UntilSweptAsync("failed");
        await world.RestartAsync(isCrash: true, async journal =>
        {
            var stream = new StreamName("runs/night-shift");
            var last = (await journal.FindAsync(stream, Token))!.Last;
            await journal.AppendAsync(stream, last, ["{}"u8.ToArray()], Token);
        });
        var error = await Assert.ThrowsAsync<CheckpointException>(() => world.Single.Keeper.SweepAsync(Token));
        Assert.Contains("damaged run night-shift", error.Message, StringComparison.Ordinal);
        Assert.Equal(count, await CountAsync());
    }

    [Fact]
    public async Task Where_nobody_knows_whether_a_run_was_stored_nothing_goes_until_it_is_known()
    {
        await OpenAsync();
        var order = new NewRun(Run, TestPlans.Of(2), await world.StoreStartAsync());
        var (isBroken, isStored) = (true, false);
        world.Journal.OnAppend = stream =>
        {
            isStored |= stream == "runs/night-shift";
            return isBroken && isStored ? FaultyJournal.Fault.AfterItHappened : FaultyJournal.Fault.None;
        };
        world.Journal.FailsToRead = _ => isBroken && isStored;
        await Assert.ThrowsAnyAsync<Exception>(() => Runs.CreateAsync(order, "olga", Token));
        await Assert.ThrowsAsync<CheckpointException>(() => world.Single.Keeper.SweepAsync(Token));

        isBroken = false;
        Assert.IsType<RunCreation.Created>(await Runs.CreateAsync(order, "olga", Token));
        Assert.NotNull(await world.Single.Keeper.SweepAsync(Token));
    }

    private async Task OpenAsync(RetentionOptions? retention = null) =>
        world = await SingleWorld.OpenAsync(isReal: true, retention: retention);

    /// <summary>All that is stored is two days old, and the server itself does not sweep in the next hour.</summary>
    private void Age() => world.Clock.Set(TwoDays);

    private static Aggregation.Adapters.Adapter Start() => FederationWorld.Start(seed: 2);

    private TestAgent Add(string name)
    {
        var agent = new TestAgent(new(name));
        agents.Add(agent);
        return agent;
    }

    private async Task StartAsync(int rounds)
    {
        var order = new NewRun(Run, TestPlans.Of(2, rounds), await world.StoreStartAsync());
        Assert.IsType<RunCreation.Created>(await Runs.CreateAsync(order, "olga", Token));
        await AskAsync(new RunCommand.Start());
    }

    private async Task<RunState> CompleteAsync(int rounds)
    {
        Add("north").Connect(world);
        Add("south").Connect(world);
        await StartAsync(rounds);
        return await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    private async Task AskAsync(RunCommand command, RunId? run = null) =>
        Assert.IsType<Answer.Done>(await TryAsync(command, run));

    private Task<Answer?> TryAsync(RunCommand command, RunId? run = null) => Runs.ApplyAsync(
        run ?? Run, new RunEvent.Asked(default, new($"command-{++commands}"), "olga", command), Token);

    private async Task<RunState> UntilAsync(Func<RunState, bool> isReached, RunId? run = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        await foreach (var state in Runs.WatchAsync(run ?? Run, limit.Token))
            if (isReached(state)) return state;
        throw new InvalidOperationException("there is no such run");
    }

    /// <summary>Minutes pass until the log says so.</summary>
    private async Task UntilSweptAsync(string says)
    {
        var watch = Stopwatch.StartNew();
        while (!world.Log.Lines.Any(line => line.Contains(says, StringComparison.Ordinal)))
        {
            Assert.True(watch.Elapsed < Patience, $"never said: {says}\n{string.Join('\n', world.Log.Lines)}");
            world.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(1, Token);
        }
    }

    private async Task ReplayAsync(IReadOnlyList<BlobHash> checkpoints)
    {
        var report = await RunReplay.CheckAsync(world.Blobs, checkpoints, world.BlobFolder, Token);
        Assert.All(report.Steps, step => Assert.Null(step.Fault));
    }

    private async Task<int> CountAsync() => await world.Blobs.ListAsync(Token).CountAsync(Token);

    private static BlobHash[] BlobsOf(RosterEntry entry)
    {
        var delivered = Assert.IsType<Standing.Delivered>(entry.Standing);
        return [delivered.Update, Assert.NotNull(delivered.Sections)];
    }

    private static List<BlobHash> CheckpointsOf(RunState state) =>
        [.. state.History.Select(report => report.Result).OfType<RoundResult.Completed>().Select(r => r.Checkpoint)];
}
