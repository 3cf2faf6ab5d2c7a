using System.Diagnostics;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>Goal: states stay as small, and events as quick, as the documentation says. Method: measured.</summary>
public class SizeTests(ITestOutputHelper output)
{
    [Fact]
    public void A_state_is_as_small_as_it_says()
    {
        var (few, many) = (AfterOneRound(10), AfterOneRound(110));
        var connected = (double)(Size(many with { History = [] }) - Size(few with { History = [] })) / 100;
        var past = (double)(Size(many) - Size(few)) / 100 - connected;
        var attempt = Size(few) - Size(few with { History = [] }) - (10 * past);
        output.WriteLine($"bytes: connected agent {connected}, agent of a past attempt {past}, attempt {attempt:0}");
        Assert.InRange(connected, 10, 100);
        Assert.InRange(past, 100, 300);
        Assert.InRange(attempt, 100, 1000);
    }

    [Fact(Explicit = true)]
    public void A_round_of_a_thousand_agents()
    {
        AfterOneRound(100);
        var clock = Stopwatch.StartNew();
        var state = AfterOneRound(1000);
        output.WriteLine($"1000 agents, 3000 events, one round: {clock.ElapsedMilliseconds} ms");
        clock.Restart();
        var size = Size(state);
        output.WriteLine($"written: {size} bytes in {clock.ElapsedMilliseconds} ms");
    }

    private static int Size(RunState state) => RunJson.Write(state).Length;

    /// <summary>All agents connect, join and deliver; the next round has not begun.</summary>
    private static RunState AfterOneRound(int count)
    {
        var plan = Samples.Plan with
        {
            Schedule = new FedLowRank.Aggregation.Rounds.Plans.RunSchedule.Manual(3600),
            Policy = Samples.Policy with { CohortSize = count, Quorum = count },
        };
        var now = Samples.Midnight.AddMilliseconds(123);
        var state = Samples.Draft(plan, now);
        var agents = Enumerable.Range(0, count).Select(i => new AgentId($"hospital-{i:0000}")).ToList();
        Apply(new RunEvent.Asked(now, new("c1"), "olga", new RunCommand.Start()));
        foreach (var agent in agents) Apply(new RunEvent.AgentPresent(now, agent, AgentRole.Trainer));
        Apply(new RunEvent.Asked(now, new("c2"), "olga", new RunCommand.Trigger()));
        foreach (var agent in agents) Apply(new RunEvent.AgentJoined(now, agent, state.Round!.Id));
        foreach (var agent in agents) Apply(Samples.Update(now, agent.Value, state.Round!.Id, 1));
        while (RunMachine.PendingEffects(state).FirstOrDefault(e => e is not RunEffect.Assign) is { } effect)
            Apply(Worker.Do(effect, now));
        Assert.IsType<RunStatus.BetweenRounds>(state.Status);
        return state;

        void Apply(RunEvent happened) => state = RunMachine.Apply(state, happened).State;
    }
}
