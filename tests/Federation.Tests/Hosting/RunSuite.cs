using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: what every implementation of the service owes to runs. Method: agents that follow their orders, on stores that
/// are real, with a clock that stands still until told.
/// </summary>
public abstract class RunSuite : IAsyncLifetime
{
    private const string Olga = "olga";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<TestAgent> agents = [];
    private int commands;

    protected FederationWorld World { get; private set; } = null!;

    protected IRunService Runs => World.Federation.Runs;

    protected static RunId Run => TestPlans.Run;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => World = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var agent in agents) await agent.DisposeAsync();
        await World.DisposeAsync();
    }

    protected abstract Task<FederationWorld> OpenAsync();

    [Fact]
    public async Task The_same_order_gives_the_same_run_and_another_of_its_name_is_refused()
    {
        var first = await CreateAsync(TestPlans.Of(2));
        Assert.Equal(first, await CreateAsync(TestPlans.Of(2)));
        var other = await Runs.CreateAsync(new(Run, TestPlans.Of(3), await World.StoreStartAsync()), Olga, Token);
        Assert.Equal("run-id-taken", Assert.IsType<RunCreation.Refused>(other).Code);
        Assert.Equal([first], await Runs.ListAsync(Token));
        Assert.Equal(["run-create Done", "run-create Refused"], await AuditedAsync());
    }

    [Fact]
    public async Task A_bad_plan_and_a_bad_start_are_refused_with_reasons()
    {
        var plan = TestPlans.Of(2) with { Rounds = 0 };
        await RefusedAsync(new(Run, plan, await World.StoreStartAsync()), "bad-plan", "rounds");
        await RefusedAsync(new(Run, TestPlans.Of(2), await World.StoreStartAsync(isBad: true)), "bad-start", "layer.9");
        await RefusedAsync(new(Run, TestPlans.Of(2), new(7, 7)), "bad-start", "no blob");
        Assert.Empty(await Runs.ListAsync(Token));
    }

    [Fact]
    public async Task Two_rounds_go_from_the_start_to_signed_checkpoints()
    {
        Connect(new(new("eva"), AgentRole.Evaluator));
        var done = await CompleteAsync(agentCount: 3);
        Assert.Equal([1, 2], done.History.Select(report => report.Id.Number));
        foreach (var report in done.History)
        {
            var completed = Assert.IsType<RoundResult.Completed>(report.Result);
            Assert.IsType<Evaluation.Measured>(completed.Evaluation);
            await CheckSignatureAsync(Run, completed.Checkpoint);
            Assert.All(agents.Take(3), agent => Assert.True(agent.Receipts.ContainsKey((Run, report.Id))));
        }

        await CheckSignatureAsync(Run, done.Origin.Checkpoint);
        Assert.Null(await Runs.FindCheckpointAsync(Run, new(7, 7), Token));
        Assert.Null(await Runs.FindCheckpointAsync(new("other"), done.Origin.Checkpoint, Token));
    }

    [Theory]
    [InlineData(RoundStage.Selecting, false)]
    [InlineData(RoundStage.Selecting, true)]
    [InlineData(RoundStage.Collecting, false)]
    [InlineData(RoundStage.Collecting, true)]
    [InlineData(RoundStage.Aggregating, false)]
    [InlineData(RoundStage.Aggregating, true)]
    [InlineData(RoundStage.Refreshing, false)]
    [InlineData(RoundStage.Refreshing, true)]
    [InlineData(RoundStage.Checkpointing, false)]
    [InlineData(RoundStage.Checkpointing, true)]
    [InlineData(RoundStage.Evaluating, false)]
    [InlineData(RoundStage.Evaluating, true)]
    public async Task A_restart_in_any_stage_gives_the_checkpoints_of_a_run_without_one(RoundStage stage, bool isCrash)
    {
        var expected = await UndisturbedAsync();
        await CreateAsync(TestPlans.Of(3));
        await AskAsync(new RunCommand.Start());
        World.Work.Before = (at, cancelled) =>
            at == stage ? Task.Delay(Timeout.Infinite, cancelled) : Task.CompletedTask;
        AddAgents(3);
        agents.Add(new(new("eva"), AgentRole.Evaluator));
        agents[0].Holds = agents[^1].Holds = stage;
        agents.ForEach(Connect);
        await UntilAsync(state => state.Round?.Phase.Stage == stage);
        var receipts = agents[1].Receipts.ToArray();

        await World.RestartAsync(isCrash);
        agents.ForEach(agent => agent.Holds = null);
        await ReconnectAsync();
        var done = await UntilAsync(state => state.Status is RunStatus.Completed);
        Assert.Equal(expected, CheckpointsOf(done));
        Assert.All(receipts, receipt => Assert.Equal(receipt.Value, agents[1].Receipts[receipt.Key]));
        await CheckAuditAsync();
    }

    [Fact]
    public async Task A_round_without_quorum_pauses_at_its_deadline_and_resumes()
    {
        await CreateAsync(TestPlans.Of(2));
        await AskAsync(new RunCommand.Start());
        AddAgents(1).ForEach(Connect);
        await UntilAsync(state => state.Round?.Roster is [{ Standing: Standing.Joined }]);
        World.Clock.Advance(TimeSpan.FromSeconds(61));
        var paused = await UntilAsync(state => state.Status is RunStatus.Paused);
        Assert.IsType<PauseReason.QuorumMissed>(((RunStatus.Paused)paused.Status).Reason);

        AddAgents(1).ForEach(Connect);
        await AskAsync(new RunCommand.Resume());
        await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    [Fact]
    public async Task A_run_is_paused_resumed_and_cancelled_and_no_command_is_obeyed_twice()
    {
        await CreateAsync(TestPlans.Of(2));
        await AskAsync(new RunCommand.Start());
        await AskAsync(new RunCommand.Pause(PauseMode.HoldRound));
        Assert.IsType<RunStatus.Paused>((await StateAsync()).Status);
        await AskAsync(new RunCommand.Resume());
        var cancel = new RunEvent.Asked(default, new("cancel"), Olga, new RunCommand.Cancel());
        Assert.IsType<Answer.Done>(await Runs.ApplyAsync(Run, cancel, Token));
        Assert.IsType<Answer.Done>(await Runs.ApplyAsync(Run, cancel, Token));
        Assert.IsType<Answer.Refused>(await Runs.ApplyAsync(Run, cancel with { Id = new("again") }, Token));
        Assert.IsType<RunStatus.Cancelled>((await StateAsync()).Status);
        Assert.Equal(
            [
                "run-create Done", "run-start Done", "run-pause Done", "run-resume Done", "run-cancel Done",
                "run-cancel Refused",
            ],
            await AuditedAsync());
    }

    [Fact]
    public async Task A_run_goes_back_to_an_earlier_round_and_takes_other_agents_along_later()
    {
        var done = await CompleteAsync(agentCount: 2);
        await AskAsync(new RunCommand.Rollback(1));
        Assert.True((await StateAsync()).History[1].IsSuperseded);
        await AskAsync(new RunCommand.Resume());
        var again = await UntilAsync(state => state.Status is RunStatus.Completed);
        Assert.Equal(3, again.History.Count);
        Assert.NotEqual(CheckpointsOf(done)[1], CheckpointsOf(again)[^1]);
    }

    [Fact]
    public async Task A_fork_starts_from_its_parents_checkpoint_and_takes_no_name_that_is_taken()
    {
        var parent = await CompleteAsync(agentCount: 2);
        var fork = new RunCommand.Fork(1, new("fork"), Seed: 9, Plan: null);
        await AskAsync(fork);
        await UntilAsync(state => state.Forks.Count == 0);
        var made = Assert.IsType<RunState>(await Runs.FindAsync(new("fork"), Token));
        Assert.Equal(CheckpointsOf(parent)[0], made.Origin.Checkpoint);
        await CheckSignatureAsync(new("fork"), made.Origin.Checkpoint);

        var taken = await Runs.ApplyAsync(
            Run, new RunEvent.Asked(default, new("twice"), Olga, fork with { Seed = 10 }), Token);
        Assert.IsType<Refusal.RunIdTaken>(Assert.IsType<Answer.Refused>(taken).Refusal);
        await AskAsync(new RunCommand.Start(), new("fork"));
        await UntilAsync(state => state.Status is RunStatus.Completed, new("fork"));
    }

    [Fact]
    public async Task The_same_update_again_gets_an_equal_receipt_and_a_foreign_one_a_refusal()
    {
        var done = await CompleteAsync(agentCount: 2);
        var (agent, round) = (agents[0].Id, done.History[0].Id);
        var again = await World.UpdateAsync(Run, agent, round, done.History[0].Start);
        World.Clock.Advance(TimeSpan.FromSeconds(5));
        var answer = await Runs.ApplyAsync(Run, again, Token);
        Assert.Equal(agents[0].Receipts[(Run, round)], Assert.IsType<Answer.Received>(answer).Receipt);
        foreach (var foreign in new[] { again with { Agent = new("stranger") }, again with { Run = new("other") } })
            Assert.IsType<Answer.Refused>(await Runs.ApplyAsync(Run, foreign, Token));
    }

    [Fact]
    public async Task An_agent_that_listens_again_ends_its_first_stream_and_is_told_again()
    {
        await CreateAsync(TestPlans.Of(2));
        var (first, second) = (new TestAgent(new("north")), new TestAgent(new("north")));
        agents.AddRange([first, second]);
        first.Holds = second.Holds = RoundStage.Selecting;
        Connect(first);
        await AskAsync(new RunCommand.Start());
        await ToldAsync(first, order => order is Assignment.Invitation);
        Connect(second);
        await ToldAsync(second, order => order is Assignment.Invitation);
        await first.DisconnectAsync();
        Assert.Single((await UntilAsync(state => state.Agents.Count == 1)).Agents);
        await second.DisconnectAsync();
        await UntilAsync(state => state.Agents.Count == 0);
    }

    [Fact]
    public async Task A_watcher_that_reads_slowly_still_sees_the_last_state()
    {
        await CreateAsync(TestPlans.Of(2));
        await using var slow = Runs.WatchAsync(Run, Token).GetAsyncEnumerator(Token);
        Assert.True(await slow.MoveNextAsync());
        Assert.IsType<RunStatus.Draft>(slow.Current.Status);
        await AskAsync(new RunCommand.Start());
        await AskAsync(new RunCommand.Cancel());
        Assert.True(await slow.MoveNextAsync());
        while (slow.Current.Status is not RunStatus.Cancelled) Assert.True(await slow.MoveNextAsync());
    }

    [Fact]
    public async Task What_only_the_server_knows_nobody_else_may_say_and_an_unknown_run_is_none()
    {
        await CreateAsync(TestPlans.Of(2));
        RunEvent[] own =
        [
            new RunEvent.Ticked(default), new RunEvent.Restarted(default), new RunEvent.RunForked(default, Run),
            new RunEvent.AgentPresent(default, new("north"), AgentRole.Trainer),
            new RunEvent.AgentGone(default, new("north")),
            new RunEvent.ShardDone(default, new(1, 1), RoundStage.Aggregating, 0, new(7, 7)),
            new RunEvent.ShardFailed(default, new(1, 1), RoundStage.Aggregating, 0, 0, "no"),
            new RunEvent.CheckpointWritten(default, new(1, 1), new(7, 7)),
            new RunEvent.CheckpointFailed(default, new(1, 1), 0, "no"),
        ];
        foreach (var happened in own)
            await Assert.ThrowsAsync<ArgumentException>(() => Runs.ApplyAsync(Run, happened, Token));

        var stranger = new RunEvent.AgentJoined(default, new("north"), new(1, 1));
        Assert.Null(await Runs.ApplyAsync(new("other"), stranger, Token));
        Assert.Null(await Runs.FindAsync(new("other"), Token));
        Assert.Empty(await Runs.WatchAsync(new("other"), Token).ToListAsync(Token));
        Assert.Empty(await Runs.ListDamagedAsync(Token));
    }

    [Fact]
    public async Task Figures_that_JSON_cannot_hold_are_refused_and_the_run_goes_on()
    {
        var eva = new TestAgent(new("eva"), AgentRole.Evaluator) { Holds = RoundStage.Evaluating };
        Connect(eva);
        AddAgents(2).ForEach(Connect);
        await CreateAsync(TestPlans.Of(2));
        await AskAsync(new RunCommand.Start());
        await UntilAsync(state => state.Round?.Phase.Stage == RoundStage.Evaluating);

        // Past the deadline, so that time alone changes the state in the same moment.
        var happened = new RunEvent.EvaluationDone(default, eva.Id, new(1, 1), [new("loss", double.NaN)]);
        World.Clock.Advance(TimeSpan.FromSeconds(119));
        Assert.IsType<Answer.Refused>(await Runs.ApplyAsync(Run, happened, Token));
        World.Clock.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(state => state.History.Count == 1);
        Assert.IsType<Answer.Refused>(await Runs.ApplyAsync(Run, happened, Token));
    }

    protected List<TestAgent> AddAgents(int count)
    {
        var before = agents.Count;
        agents.AddRange(Enumerable.Range(before, count).Select(i => new TestAgent(new($"agent-{i:d4}"))));
        return agents.GetRange(before, count);
    }

    protected void Connect(TestAgent agent)
    {
        if (!agents.Contains(agent)) agents.Add(agent);
        agent.Connect(World);
    }

    /// <summary>All agents hang up and come back, whatever befell them.</summary>
    protected async Task ReconnectAsync()
    {
        foreach (var agent in agents)
        {
            await agent.DisconnectAsync(expectsFaults: true);
            agent.Connect(World);
        }
    }

    protected async Task<RunState> CreateAsync(RunPlan plan) => Assert.IsType<RunCreation.Created>(
        await Runs.CreateAsync(new(Run, plan, await World.StoreStartAsync()), Olga, Token)).State;

    protected async Task AskAsync(RunCommand command, RunId? run = null)
    {
        var asked = new RunEvent.Asked(default, new($"command-{++commands}"), Olga, command);
        var answer = await Runs.ApplyAsync(run ?? Run, asked, Token);
        Assert.True(answer is Answer.Done, $"{command.Name}: {answer}");
    }

    protected async Task<RunState> UntilAsync(Func<RunState, bool> isReached, RunId? run = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        RunState? last = null;
        try
        {
            await foreach (var state in Runs.WatchAsync(run ?? Run, limit.Token))
            {
                last = state;
                if (isReached(state)) return state;
            }
        }
        catch (OperationCanceledException) when (!Token.IsCancellationRequested)
        {
            // Told below, with what there was instead.
        }

        throw new TimeoutException($"never reached: {last?.Status} {last?.Round}");
    }

    protected async Task<RunState> CompleteAsync(int agentCount)
    {
        AddAgents(agentCount).ForEach(Connect);
        agents.Sort((left, right) => string.CompareOrdinal(left.Id.Value, right.Id.Value));
        await CreateAsync(TestPlans.Of(agentCount));
        await AskAsync(new RunCommand.Start());
        return await UntilAsync(state => state.Status is RunStatus.Completed);
    }

    protected async Task<RunState> StateAsync() => Assert.IsType<RunState>(await Runs.FindAsync(Run, Token));

    protected async Task CheckAuditAsync()
    {
        await World.Federation.Audit.SignHeadAsync(Token);
        var lines = await World.Federation.Audit.ReadAsync(1, Token).ToListAsync(Token);
        var heads = await World.Federation.Audit.SignedHeadsAsync(Token);
        Assert.IsType<AuditVerdict.Intact>(AuditCheck.Verify(lines, [.. heads], World.Authority.Certificate));
    }

    protected async Task<List<string>> AuditedAsync()
    {
        await CheckAuditAsync();
        return await World.Federation.Audit.ReadAsync(1, Token)
            .Select(line => AuditJson.ReadEntry(line.Span))
            .Select(entry => $"{entry.Action} {entry.Outcome}")
            .ToListAsync(Token);
    }

    protected static List<BlobHash> CheckpointsOf(RunState state) =>
        [.. state.History.Select(report => report.Result).OfType<RoundResult.Completed>().Select(r => r.Checkpoint)];

    private static async Task ToldAsync(TestAgent agent, Func<Assignment, bool> isIt)
    {
        using var limit = new CancellationTokenSource(Patience);
        await foreach (var order in agent.Told.ReadAllAsync(limit.Token))
            if (isIt(order.Assignment)) return;
        throw new InvalidOperationException("the stream has ended");
    }

    /// <summary>The checkpoints of the run in a world where nothing goes wrong.</summary>
    private async Task<List<BlobHash>> UndisturbedAsync()
    {
        var disturbed = World;
        await using var calm = await OpenAsync();
        World = calm;
        var done = await CompleteAsync(agentCount: 3);
        foreach (var agent in agents) await agent.DisposeAsync();
        agents.Clear();
        World = disturbed;
        return CheckpointsOf(done);
    }

    private async Task RefusedAsync(NewRun order, string code, string says)
    {
        var refused = Assert.IsType<RunCreation.Refused>(await Runs.CreateAsync(order, Olga, Token));
        Assert.Equal(code, refused.Code);
        Assert.Contains(says, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private async Task CheckSignatureAsync(RunId run, BlobHash manifest)
    {
        var signed = Assert.IsType<SignedCheckpoint>(await Runs.FindCheckpointAsync(run, manifest, Token));
        Assert.Equal((run, manifest), (signed.Run, signed.Manifest));
        Assert.True(CheckpointSignatures.IsGenuine(signed, World.Authority.Certificate));
        Assert.Equal(signed, await Runs.FindCheckpointAsync(run, manifest, Token));
    }
}
