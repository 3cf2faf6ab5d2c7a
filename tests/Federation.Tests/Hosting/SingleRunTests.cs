using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: runs in the single process, and what its journal and its work may do to them. Method: the suite that every
/// implementation runs, and faults of the journal at chosen appends.
/// </summary>
public sealed class SingleRunTests(ITestOutputHelper output) : RunSuite
{
    private const string Stream = "runs/night-shift";

    private SingleWorld Single => (SingleWorld)World;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Snapshot_and_replay_give_the_state_that_was_there(int snapshotEntries)
    {
        await using var world = await SingleWorld.OpenAsync(snapshotEntries);
        await using var north = new TestAgent(new("north"));
        await using var south = new TestAgent(new("south"));
        var runs = world.Federation.Runs;
        await runs.CreateAsync(new(Run, TestPlans.Of(2), await world.StoreStartAsync()), "olga", Token);
        await runs.ApplyAsync(Run, new RunEvent.Asked(default, new("1"), "olga", new RunCommand.Start()), Token);
        north.Connect(world);
        south.Connect(world);
        await foreach (var state in runs.WatchAsync(Run, Token))
            if (state.Status is RunStatus.Completed) break;

        await Task.WhenAll(north.DisconnectAsync(), south.DisconnectAsync());
        var before = await runs.FindAsync(Run, Token);
        await world.RestartAsync(isCrash: true);
        Assert.Equal(before, await world.Federation.Runs.FindAsync(Run, Token));
        await world.RestartAsync(isCrash: false);
        Assert.Equal(before, await world.Federation.Runs.FindAsync(Run, Token));
    }

    [Fact]
    public async Task It_is_ready_from_its_opening_until_it_begins_to_close()
    {
        var federation = Single.Single;
        Assert.True(federation.IsReady);
        var closing = new TaskCompletionSource<bool>();
        Single.Journal.OnAppend = stream =>
        {
            if (stream == "audit-heads") closing.TrySetResult(federation.IsReady);
            return FaultyJournal.Fault.None;
        };
        await CreateAsync(TestPlans.Of(2));
        await World.RestartAsync(isCrash: false);
        Assert.False(await closing.Task.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.False(federation.IsReady);
        Assert.True(Single.Single.IsReady);
    }

    [Fact]
    public async Task What_could_not_be_stored_has_not_happened_and_can_be_said_again()
    {
        await CreateAsync(TestPlans.Of(2));
        FailOnce(FaultyJournal.Fault.BeforeItHappened);
        await Assert.ThrowsAsync<JournalException>(() => AskAsync(new RunCommand.Start()));
        Assert.IsType<RunStatus.Draft>((await StateAsync()).Status);
        await AskAsync(new RunCommand.Start());
        Assert.Equal(["run-create Done", "run-start Done", "run-start Failed", "run-start Done"], await AuditedAsync());
    }

    [Fact]
    public async Task An_append_that_threw_after_it_had_happened_counts()
    {
        await CreateAsync(TestPlans.Of(2));
        FailOnce(FaultyJournal.Fault.AfterItHappened);
        await AskAsync(new RunCommand.Start());
        await World.RestartAsync(isCrash: true);
        Assert.IsType<RunStatus.InRound>((await StateAsync()).Status);
    }

    [Theory]
    [InlineData(FaultyJournal.Fault.BeforeItHappened)]
    [InlineData(FaultyJournal.Fault.AfterItHappened)]
    public async Task When_nobody_knows_what_became_of_an_append_the_run_is_read_again(object fault)
    {
        await CreateAsync(TestPlans.Of(2));
        await using var watcher = Runs.WatchAsync(Run, Token).GetAsyncEnumerator(Token);
        Assert.True(await watcher.MoveNextAsync());
        Single.Journal.FailsToRead = stream => stream == Stream;
        FailOnce((FaultyJournal.Fault)fault);
        await Assert.ThrowsAsync<JournalException>(() => AskAsync(new RunCommand.Start()));
        await Assert.ThrowsAsync<JournalException>(() => AskAsync(new RunCommand.Start()));
        Single.Journal.FailsToRead = _ => false;
        var start = new RunEvent.Asked(default, new("command-1"), "olga", new RunCommand.Start());
        Assert.IsType<Answer.Done>(await Runs.ApplyAsync(Run, start, Token));
        while (watcher.Current.Status is RunStatus.Draft) Assert.True(await watcher.MoveNextAsync());
        AddAgents(2).ForEach(Connect);
        await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    [Fact]
    public async Task Rounds_go_on_when_every_third_append_fails_one_way_or_the_other()
    {
        var count = 0;
        AddAgents(2).ForEach(Connect);
        await CreateAsync(Patient(TestPlans.Of(2, rounds: 4)));
        await AskAsync(new RunCommand.Start());
        Single.Journal.OnAppend = stream => stream != Stream ? FaultyJournal.Fault.None
            : (Interlocked.Increment(ref count) % 6) switch
            {
                3 => FaultyJournal.Fault.AfterItHappened,
                0 => FaultyJournal.Fault.BeforeItHappened,
                _ => FaultyJournal.Fault.None,
            };
        var watch = Stopwatch.StartNew();
        while ((await StateAsync()).Status is not RunStatus.Completed)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"stuck: {(await StateAsync()).Status}");

            // Agents say again what failed when they are told again, and the server's timers order its own work again.
            World.Clock.Advance(TimeSpan.FromMinutes(1));
            await ReconnectAsync();
            await Task.Yield();
        }

        await World.RestartAsync(isCrash: true);
        Assert.IsType<RunStatus.Completed>((await StateAsync()).Status);
        await CheckAuditAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fork_that_could_not_be_made_is_made_later_and_keeps_its_name(bool isCrash)
    {
        var fork = new RunId("fork");
        var failed = new TaskCompletionSource();
        await CreateAsync(TestPlans.Of(2));
        Single.Journal.OnAppend = stream =>
        {
            if (stream != "runs/fork") return FaultyJournal.Fault.None;
            failed.TrySetResult();
            return FaultyJournal.Fault.BeforeItHappened;
        };
        await AskAsync(new RunCommand.Fork(0, fork, Seed: 9, Plan: null));
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        var order = new NewRun(fork, TestPlans.Of(2), await World.StoreStartAsync());
        Assert.IsType<RunCreation.Refused>(await Runs.CreateAsync(order, "olga", Token));

        Single.Journal.OnAppend = _ => FaultyJournal.Fault.None;
        if (isCrash) await World.RestartAsync(isCrash: true);
        var watch = Stopwatch.StartNew();
        while ((await StateAsync()).Forks.Count > 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the fork was never made");
            World.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.NotNull(await Runs.FindAsync(fork, Token));
    }

    [Fact]
    public async Task Without_its_entry_in_the_audit_log_no_command_is_obeyed()
    {
        await CreateAsync(TestPlans.Of(2));
        Single.Journal.OnAppend = stream =>
            stream == "audit" ? FaultyJournal.Fault.BeforeItHappened : FaultyJournal.Fault.None;
        await Assert.ThrowsAsync<JournalException>(() => AskAsync(new RunCommand.Start()));
        Assert.IsType<RunStatus.Draft>((await StateAsync()).Status);
    }

    [Fact]
    public async Task Another_writer_of_the_audit_log_stops_all_that_people_do_and_damages_no_run()
    {
        await CreateAsync(TestPlans.Of(2));
        await Single.Disk.AppendAsync(new("audit"), 1, ["{}"u8.ToArray()], Token);
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(new RunCommand.Start()));
            Assert.Contains("another writer", error.Message, StringComparison.Ordinal);
        }

        Assert.IsType<RunStatus.Draft>((await StateAsync()).Status);
        Assert.Empty(await Runs.ListDamagedAsync(Token));
    }

    [Fact]
    public async Task Another_writer_stops_the_run_and_no_other_run()
    {
        await CreateAsync(TestPlans.Of(2));
        var last = (await Single.Disk.FindAsync(new(Stream), Token))!.Last;
        await Single.Disk.AppendAsync(new(Stream), last, ["{}"u8.ToArray()], Token);
        await Assert.ThrowsAsync<RunDamagedException>(() => AskAsync(new RunCommand.Start()));
        await DamagedAsync("another writer");
    }

    [Fact]
    public async Task A_run_whose_state_cannot_be_read_is_told_and_the_server_starts()
    {
        await CreateAsync(TestPlans.Of(2));
        await Single.RestartAsync(isCrash: true, async journal =>
        {
            var last = (await journal.FindAsync(new(Stream), Token))!.Last;
            await journal.AppendAsync(new(Stream), last, ["{\"schema\":99}"u8.ToArray()], Token);
        });
        await DamagedAsync("entry 2");
    }

    [Fact]
    public async Task Work_that_fails_is_ordered_again_and_then_pauses_the_run_with_its_reason()
    {
        var failures = 1;
        World.Work.Before = (stage, _) => stage == RoundStage.Refreshing && Interlocked.Decrement(ref failures) >= 0
            ? throw new WorkException("blob 12 is damaged")
            : Task.CompletedTask;
        var done = await CompleteAsync(agentCount: 2);
        Assert.Equal(2, done.History.Count);

        failures = int.MaxValue;
        await AskAsync(new RunCommand.Rollback(1));
        await AskAsync(new RunCommand.Resume());
        var paused = await UntilAsync(state => state.Status is RunStatus.Paused { Held: not null });
        var reason = ((RunStatus.Paused)paused.Status).Reason.Message;
        Assert.Contains("blob 12 is damaged", reason, StringComparison.Ordinal);
        failures = 0;
        await AskAsync(new RunCommand.Resume());
        await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    [Fact]
    public async Task Work_that_hangs_is_cancelled_when_it_is_ordered_again()
    {
        var (hangs, begun, cancelled) = (1, new TaskCompletionSource(), new TaskCompletionSource());
        World.Work.Before = async (stage, token) =>
        {
            if (stage != RoundStage.Checkpointing || Interlocked.Decrement(ref hangs) < 0) return;
            await using var registration = token.Register(cancelled.SetResult);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        AddAgents(2).ForEach(Connect);
        await CreateAsync(TestPlans.Of(2));
        await AskAsync(new RunCommand.Start());
        await UntilAsync(state => state.Round?.Phase.Stage == RoundStage.Checkpointing);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        World.Clock.Advance(TimeSpan.FromSeconds(31));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    [Fact]
    public async Task A_thousand_agents_take_part_in_a_round()
    {
        const int Count = 1000;
        await CreateAsync(TestPlans.Of(Count, rounds: 1));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var agents = AddAgents(Count);
        agents.ForEach(Connect);
        await AskAsync(new RunCommand.Start());
        var watch = Stopwatch.StartNew();
        var done = await UntilAsync(state => state.Status is RunStatus.Completed);
        output.WriteLine($"a round of {Count} agents, without its work: {watch.Elapsed.TotalSeconds:f2} s");
        Assert.Equal(Count, done.History[0].Agents.Count(entry => entry.Standing is Standing.Delivered));
        var kib = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / Count;
        output.WriteLine($"with agent, its orders and its report: {kib:f1} KiB each");
        Assert.True(kib < 64, $"{kib:f1} KiB for each connected agent");
    }

    [Fact(Explicit = true)]
    public async Task Events_per_second_when_a_thousand_agents_report_at_once()
    {
        const int Count = 1000;
        var agents = AddAgents(Count);
        agents.ForEach(agent => agent.Holds = RoundStage.Collecting);
        agents.ForEach(Connect);
        await CreateAsync(TestPlans.Of(Count, rounds: 1));
        await AskAsync(new RunCommand.Start());
        var round = (await UntilAsync(state => state.Round?.Phase.Stage == RoundStage.Collecting)).Round!;
        for (var tenth = 1; tenth < 10; tenth++)
        {
            var watch = Stopwatch.StartNew();
            var answers = await Task.WhenAll(agents.Select(agent => Runs.ApplyAsync(
                Run, new RunEvent.AgentProgressed(default, agent.Id, round.Id, StepsDone: tenth), Token)));
            Assert.All(answers, answer => Assert.IsType<Answer.Done>(answer));
            output.WriteLine($"progress: {Count / watch.Elapsed.TotalSeconds:f0} durable events per second");
        }

        var last = Stopwatch.StartNew();
        await Task.WhenAll(agents.Select(async agent => await Runs.ApplyAsync(
            Run, await World.UpdateAsync(Run, agent.Id, round.Id, round.Start), Token)));
        output.WriteLine($"updates: {Count / last.Elapsed.TotalSeconds:f0} durable receipts per second");
        last.Restart();
        await UntilAsync(state => state.Status is RunStatus.Completed);
        output.WriteLine($"from the last receipt to the end of the round: {last.Elapsed.TotalMilliseconds:f0} ms");
    }

    protected override async Task<FederationWorld> OpenAsync() => await SingleWorld.OpenAsync();

    /// <summary>The clock of the test runs ahead, so no deadline may be in its way.</summary>
    private static RunPlan Patient(RunPlan plan) => plan with
    {
        Policy = plan.Policy with
        {
            SelectingSeconds = RoundPolicy.SecondsMax,
            CollectingSeconds = RoundPolicy.SecondsMax,
            WorkSeconds = RoundPolicy.SecondsMax,
        },
    };

    private void FailOnce(FaultyJournal.Fault fault)
    {
        var left = 1;
        Single.Journal.OnAppend = stream => stream == Stream && Interlocked.Decrement(ref left) >= 0
            ? fault
            : FaultyJournal.Fault.None;
    }

    private async Task DamagedAsync(string says)
    {
        var damaged = Assert.Single(await Runs.ListDamagedAsync(Token));
        Assert.Contains(says, damaged.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RunDamagedException>(StateAsync);
        Assert.Empty(await Runs.ListAsync(Token));
        var order = new NewRun(Run, TestPlans.Of(2), await World.StoreStartAsync());
        var again = Assert.IsType<RunCreation.Refused>(await Runs.CreateAsync(order, "olga", Token));
        Assert.Equal("run-id-taken", again.Code);
        Assert.IsType<RunCreation.Created>(await Runs.CreateAsync(order with { Id = new("other") }, "olga", Token));
    }
}
