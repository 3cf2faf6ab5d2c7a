using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// A server round the machine, agents, and a network between them that loses, doubles, delays and reorders; the server
/// crashes at every point between an event and its effects, agents die and return, and the clock jumps. One seed
/// decides it all.
/// </summary>
internal sealed class Simulation
{
    private const int EventsMax = 20_000;

    private readonly Random random;
    private readonly double faultiness;
    private readonly bool isReplayed;
    private readonly PriorityQueue<Action, (double At, long Order)> queue = new();
    private readonly List<SimulatedAgent> agents = [];
    private readonly HashSet<(AgentId, RoundId, int Life)> inTraining = [];
    private readonly Dictionary<RoundId, ValueList<FrozenUpdate>> frozen = [];
    private readonly List<RunEvent> journal = [];
    private readonly RunState draft;
    private double time;
    private double clockError;
    private long order;
    private uint hashCount;
    private int eventCount;
    private int serverLife;
    private bool isUp = true;
    private int resumesLeft = 3;
    private int commandCount;

    public Simulation(int seed)
    {
        random = new Random(seed);
        isReplayed = seed % 10 == 0;
        faultiness = random.Next(4) switch { 0 => 0, 1 => 0.01, 2 => 0.05, _ => 0.15 };
        draft = Samples.Draft(RandomPlan(), Now);
        Stored = draft;
        for (var i = 0; i < random.Next(3, 7); i++) agents.Add(new(this, new($"agent-{i}"), AgentRole.Trainer));
        if (Chance(0.5)) agents.Add(new(this, new("eva"), AgentRole.Evaluator));
    }

    /// <summary>What the server last stored: all that a crash leaves of it.</summary>
    public RunState Stored { get; private set; }

    /// <summary>How often each kind of thing has happened.</summary>
    public Dictionary<string, int> Seen { get; } = [];

    private DateTimeOffset Now => Samples.Midnight.AddSeconds(time + clockError);

    private bool IsOver => Stored.Status is RunStatus.Completed or RunStatus.Cancelled or RunStatus.Failed ||
        (Stored.Status is RunStatus.Paused && resumesLeft == 0);

    public void Run()
    {
        foreach (var agent in agents) Connect(agent);
        Ask(new RunCommand.Start());
        Schedule(1, Tick);
        Schedule(Seconds(100), Disturb);
        while (!IsOver)
        {
            Assert.True(queue.TryDequeue(out var action, out var at), "stuck: nothing will ever happen");
            Assert.True(eventCount < EventsMax, $"stuck: {Describe.Status(Stored)} after {eventCount} events");
            time = at.At;
            action();
        }

        CheckEnd();
    }

    public bool Chance(double probability) => random.NextDouble() < probability;

    public double Seconds(double mean) => -mean * Math.Log(1 - random.NextDouble());

    public BlobHash NewHash() => new(1, ++hashCount);

    public bool IsTraining(SimulatedAgent agent, RoundId round) => inTraining.Contains((agent.Id, round, agent.Life));

    public void BeginTraining(SimulatedAgent agent, RoundId round, Action done)
    {
        inTraining.Add((agent.Id, round, agent.Life));
        Later(agent, Seconds(Chance(0.1) ? 600 : 60), done);
    }

    /// <summary>Happens unless the agent dies before.</summary>
    public void Later(SimulatedAgent agent, double seconds, Action action)
    {
        var life = agent.Life;
        Schedule(seconds, () =>
        {
            if (agent.IsAlive && agent.Life == life) action();
        });
    }

    /// <summary>A request over the network; its answer comes back the same way.</summary>
    public void Send(SimulatedAgent agent, Func<DateTimeOffset, RunEvent> request) =>
        Transmit(() => Serve(request(Now), answer => Transmit(() =>
        {
            if (agent.IsAlive) agent.Answered(request(Now), answer);
        })));

    private void Transmit(Action arrive)
    {
        if (Chance(faultiness)) return;
        Schedule(Seconds(Chance(faultiness) ? 60 : 0.2), arrive);
        if (Chance(faultiness)) Schedule(Seconds(30), arrive);
    }

    private void Schedule(double seconds, Action action) => queue.Enqueue(action, (time + seconds, order++));

    /// <summary>One event through the server, which may die before it stores, or before it answers and acts.</summary>
    private void Serve(RunEvent happened, Action<Answer>? reply = null)
    {
        if (!isUp || IsOver) return;
        eventCount++;
        if (Chance(faultiness * 0.2))
        {
            Crash();
            return;
        }

        var transition = RunMachine.Apply(Stored, happened);
        Invariants.Check(Stored, transition);
        if (!ReferenceEquals(Stored, transition.State)) journal.Add(happened);
        Stored = transition.State;
        if (Chance(faultiness * 0.2))
        {
            Crash();
            return;
        }

        reply?.Invoke(transition.Answer);
        foreach (var effect in transition.Effects) Execute(effect);
    }

    private void Crash()
    {
        isUp = false;
        serverLife++;
        Count("crash");
        if (Chance(0.1)) Stored = RunJson.ReadState(RunJson.Write(Stored));
        Schedule(Seconds(Chance(0.1) ? 3600 : 10), () =>
        {
            isUp = true;
            Serve(new RunEvent.Restarted(Now));
            foreach (var agent in agents) Schedule(Seconds(5), () => Connect(agent));
        });
    }

    private void Execute(RunEffect effect)
    {
        if (effect is RunEffect.Assign(var id, var assignment))
        {
            var agent = agents.First(agent => agent.Id == id);
            var life = agent.Life;
            Transmit(() =>
            {
                if (agent.IsAlive && agent.Life == life) agent.Receive(assignment);
            });
            return;
        }

        if (effect is RunEffect.WriteCheckpoint write) KeepFrozen(write.Round, write.Updates);
        if (effect is RunEffect.AggregateShard sum) KeepFrozen(sum.Round, sum.Updates);

        // A worker dies with its server, or may vanish without a word: the deadline orders its work again.
        var server = serverLife;
        if (Chance(faultiness)) return;
        Schedule(Seconds(2), () =>
        {
            if (server == serverLife) Serve(Chance(faultiness) ? Failure(effect) : Worker.Do(effect, Now));
        });
        if (Chance(faultiness)) Schedule(Seconds(60), () => Serve(Worker.Do(effect, Now)));
    }

    private RunEvent Failure(RunEffect effect) => effect switch
    {
        RunEffect.AggregateShard e =>
            new RunEvent.ShardFailed(Now, e.Round, RoundStage.Aggregating, e.Shard, e.Try, "disk full"),
        RunEffect.RefreshShard e =>
            new RunEvent.ShardFailed(Now, e.Round, RoundStage.Refreshing, e.Shard, e.Try, "disk full"),
        RunEffect.WriteCheckpoint e => new RunEvent.CheckpointFailed(Now, e.Round, e.Try, "disk full"),
        _ => Worker.Do(effect, Now),
    };

    private void KeepFrozen(RoundId round, ValueList<FrozenUpdate> updates)
    {
        if (!frozen.TryAdd(round, updates)) Assert.Equal(frozen[round], updates);
    }

    private void Connect(SimulatedAgent agent)
    {
        if (!agent.IsAlive) return;
        if (isUp) Serve(new RunEvent.AgentPresent(Now, agent.Id, agent.Role));
    }

    /// <summary>The shell's timer: at the deadline, now and then early, and at least once a minute.</summary>
    private void Tick()
    {
        Serve(new RunEvent.Ticked(Now));
        var wait = RunMachine.NextDeadline(Stored) is { } deadline ? (deadline - Now).TotalSeconds : 60;
        Schedule(Math.Clamp(Chance(0.1) ? wait / 2 : wait, 0.1, 60), Tick);
    }

    /// <summary>Something that is not a message: a death, a lost connection, a clock set, a person.</summary>
    private void Disturb()
    {
        Schedule(Seconds(faultiness == 0 ? 400 : 40), Disturb);
        if (Stored.Status is RunStatus.Paused && resumesLeft > 0)
        {
            resumesLeft--;
            Ask(new RunCommand.Resume());
            return;
        }

        var agent = agents[random.Next(agents.Count)];
        switch (random.Next(faultiness == 0 ? 1 : 5))
        {
            case 0: Meddle(); break;
            case 1 when agent.IsAlive: Kill(agent); break;
            case 2: clockError += (random.NextDouble() - 0.5) * (Chance(0.2) ? 100_000 : 100); break;
            case 3: Serve(new RunEvent.AgentGone(Now, agent.Id)); Schedule(Seconds(5), () => Connect(agent)); break;
            default: Connect(agent); break;
        }
    }

    private void Kill(SimulatedAgent agent)
    {
        agent.Die();
        Schedule(Seconds(5), () => Serve(new RunEvent.AgentGone(Now, agent.Id)));
        if (Chance(0.1)) return;
        Schedule(Seconds(Chance(0.2) ? 2000 : 60), () =>
        {
            agent.Rise();
            Connect(agent);
        });
    }

    private void Meddle()
    {
        switch (random.Next(12))
        {
            case 0: Ask(new RunCommand.Pause((PauseMode)random.Next(3))); break;
            case 1: Ask(new RunCommand.Rollback(random.Next(0, Stored.LastRound + 2))); break;
            case 2: Ask(new RunCommand.Fork(Stored.LastRound, new($"fork-{commandCount}"), 7, null)); break;
            case 3 when Chance(0.1): Ask(new RunCommand.Cancel()); break;
            default: Ask(new RunCommand.Trigger()); break;
        }
    }

    private void Ask(RunCommand command)
    {
        var id = new CommandId($"command-{++commandCount}");
        Serve(new RunEvent.Asked(Now, id, "olga", command));
        if (command is RunCommand.Start && Stored.Status is RunStatus.Draft) Schedule(10, () => Ask(command));
        else if (Chance(faultiness)) Schedule(Seconds(20), () => Serve(new RunEvent.Asked(Now, id, "olga", command)));
    }

    private RunPlan RandomPlan()
    {
        var cohort = random.Next(2, 4);
        return Samples.Plan with
        {
            Rounds = random.Next(1, 5),
            Schedule = Chance(0.7) ? new RunSchedule.Automatic(random.Next(0, 30)) : new RunSchedule.Manual(3600),
            Policy = Samples.Policy with
            {
                CohortSize = cohort,
                OverSelection = Chance(0.5) ? 1 : 1.5,
                RequiredAgents = Chance(0.2) ? [new("agent-0")] : [],
                WorkRetriesMax = random.Next(3),
                MissedQuorum = new(Chance(0.5) ? 120 : 0, random.Next(0, 3), (LastResort)random.Next(2)),
            },
        };
    }

    private void CheckEnd()
    {
        CountAll();
        if (Stored.Status is RunStatus.Paused paused) Assert.NotEmpty(paused.Reason.Message);
        if (Stored.Status is RunStatus.Failed failed) Assert.IsType<FailureReason.QuorumMissed>(failed.Reason);
        foreach (var agent in agents)
        {
            foreach (var receipt in agent.Receipts.Values) CheckReceipt(receipt);
        }

        foreach (var report in Stored.History.Where(report => report.Result is RoundResult.Completed)) CheckSum(report);
        if (isReplayed) Assert.Equal(Stored, journal.Aggregate(draft, (state, e) => RunMachine.Apply(state, e).State));
    }

    private void CountAll()
    {
        Count("event", eventCount);
        Count("end: " + Stored.Status.Name);
        if (Stored.Status is RunStatus.Paused paused) Count(paused.Reason.GetType().Name);
        foreach (var report in Stored.History)
        {
            Count(report.Result.GetType().Name);
            if (report.IsSuperseded) Count("superseded");
            if (report.Result is RoundResult.Completed { Evaluation: Evaluation.Skipped(var reason) })
                Count($"Skip{reason}");
            foreach (var entry in report.Agents) Count(entry.Standing.GetType().Name);
            foreach (var refused in report.Refused) Count(refused.Code);
        }
    }

    private void Count(string what, int times = 1) => Seen[what] = Seen.GetValueOrDefault(what) + times;

    /// <summary>An acknowledged update is remembered, and is in at most one sum that became a checkpoint.</summary>
    private void CheckReceipt(UpdateReceipt receipt)
    {
        var entries = Stored.History
            .Where(report => report.Id.Number == receipt.Round.Number)
            .SelectMany(report => report.Agents.Select(entry => (Entry: entry, report.Result)))
            .Where(seen => seen.Entry.Agent == receipt.Agent && seen.Entry.Attempt == receipt.Round.Attempt)
            .Where(seen => seen.Entry.Standing is Standing.Delivered delivered && delivered.Update == receipt.Update)
            .ToList();
        var isInProgress = Stored.Round is { } round && round.Id.Number == receipt.Round.Number &&
            round.Roster.Any(entry => entry.Agent == receipt.Agent && entry.Attempt == receipt.Round.Attempt &&
                entry.Standing is Standing.Delivered delivered && delivered.Update == receipt.Update);
        Assert.True(entries.Count > 0 || isInProgress, $"{receipt} is lost");
        Assert.True(entries.Count(seen => seen.Result is RoundResult.Completed) <= 1, $"{receipt} counts twice");
    }

    /// <summary>A completed round's sum was of exactly the updates that its report calls delivered.</summary>
    private void CheckSum(RoundReport report)
    {
        var delivered = report.Agents.Where(entry => entry.Standing is Standing.Delivered)
            .Select(entry => (entry.Agent, ((Standing.Delivered)entry.Standing).Update)).ToHashSet();
        var summed = frozen[report.Id].Select(update => (update.Agent, update.Update)).ToHashSet();
        Assert.True(delivered.SetEquals(summed), $"round {report.Id} summed other updates than it reports");
    }
}
