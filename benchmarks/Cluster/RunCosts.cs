using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>
/// What one event costs a run, whose grain does one at a time, and what the run has to remember, by the number of
/// agents in its round. One round of 7B shape goes through the run machine; where all agents do the same, only
/// <see cref="Samples"/> of them do it as events, and the rest of the roster is put there as those would have left it.
/// </summary>
internal sealed class RunCosts
{
    private const int Samples = 50;
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly BlobHash Blob = new(UInt128.MaxValue / 3, UInt128.MaxValue / 7);

    private readonly int agents;
    private RunState state;

    private RunCosts(int agents)
    {
        this.agents = agents;
        var plan = ClusterShapes.Llama7B.Plan.Plan(agents) with { Rounds = 1 };
        state = RunMachine.Create(new("benchmark"), plan, new(Round: 0, Blob, Parent: null), seed: 1, Now);
        Apply(new RunEvent.Asked(Now, new("start"), "benchmark", new RunCommand.Start()));
        state = state with
        {
            Agents = Names.Select(agent => new AgentSeat(agent, AgentRole.Trainer)).ToValueList(),
        };
    }

    private IEnumerable<AgentId> Names => Enumerable.Range(0, agents).Select(StoredUpdates.AgentOf);

    /// <summary>Measures a round of so many agents.</summary>
    public static Figures Measure(int agents) => new RunCosts(agents).Measure();

    /// <summary>An agent's update, as a run is told of it.</summary>
    public static RunEvent Receipt(int agent) => new RunEvent.UpdateSubmitted(
        Now, new("benchmark"), new(1, 1), StoredUpdates.AgentOf(agent), Blob, 33_570_000, Weight: 1,
        new(ScreeningVerdict.Clean, Norm: null))
    { Sections = Blob };

    private Figures Measure()
    {
        var invite = Seconds(() => Apply(new RunEvent.Ticked(Now)));
        var join = PerAgent(
            agent => new RunEvent.AgentJoined(Now, StoredUpdates.AgentOf(agent), new(1, 1)), new Standing.Joined(0));
        Apply(new RunEvent.AgentJoined(Now, StoredUpdates.AgentOf(agents - 1), new(1, 1)));
        var arrival = PerArrival();
        var receipt = PerAgent(
            Receipt,
            new Standing.Delivered(Blob, 33_570_000, Weight: 1, Now, Norm: null) { Sections = Blob });
        Apply(Receipt(agents - 1));
        var stateBytes = 0;
        var write = Seconds(() => stateBytes = RunJson.Write(state).Length);
        var shards = state.Plan.Shards.Count;
        var shard = Seconds(() => Work(RoundStage.Aggregating)) / shards;
        Work(RoundStage.Refreshing);
        Apply(new RunEvent.CheckpointWritten(Now, new(1, 1), Blob));
        if (state.Status is not RunStatus.Completed)
            throw new InvalidOperationException($"the run is {state.Status.Name}");
        var history = RunJson.Write(state).Length - RunJson.Write(state with { History = [] }).Length;
        return new(
            agents, invite, 1000 * join, 1000 * arrival, 1000 * receipt, 1000 * shard, stateBytes, write, history);
    }

    /// <summary>Some agents lose their connection, and come again.</summary>
    /// <returns>Seconds for each of both.</returns>
    private double PerArrival()
    {
        var some = Names.Take(Samples).SelectMany(agent => (RunEvent[])[
            new RunEvent.AgentGone(Now, agent), new RunEvent.AgentPresent(Now, agent, AgentRole.Trainer)]).ToList();
        return Seconds(() => some.ForEach(Apply)) / some.Count;
    }

    /// <summary>Some agents do it, and then the rest have done it, but for the last.</summary>
    /// <returns>Seconds for each of the first.</returns>
    private double PerAgent(Func<int, RunEvent> happens, Standing done)
    {
        var some = Enumerable.Range(0, Samples).Select(happens).ToList();
        var seconds = Seconds(() => some.ForEach(Apply)) / some.Count;
        var round = state.Round!;
        var roster = round.Roster.Select((entry, i) => i == agents - 1 ? entry : entry with { Standing = done });
        state = state with { Status = new RunStatus.InRound(round with { Roster = roster.ToValueList() }, null) };
        return seconds;
    }

    private void Work(RoundStage stage)
    {
        for (var shard = 0; shard < state.Plan.Shards.Count; shard++)
            Apply(new RunEvent.ShardDone(Now, new(1, 1), stage, shard, Blob));
    }

    private void Apply(RunEvent happened)
    {
        var transition = RunMachine.Apply(state, happened);
        if (transition.Answer is Answer.Refused { Refusal: var refusal })
            throw new InvalidOperationException(refusal.Message);
        state = transition.State;
    }

    /// <summary>Processor time: the work waits for nothing, and whoever else is at work does not count.</summary>
    private static double Seconds(Action work)
    {
        var began = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - began).TotalSeconds;
    }

    /// <param name="Agents">In the round.</param>
    /// <param name="InviteSeconds">To invite all of them, when the round opens.</param>
    /// <param name="JoinMs">For each answer.</param>
    /// <param name="ArrivalMs">For each agent whose connection begins or ends.</param>
    /// <param name="ReceiptMs">For each update.</param>
    /// <param name="ShardMs">For each result of a shard.</param>
    /// <param name="StateBytes">The state when all have delivered, as JSON.</param>
    /// <param name="WriteSeconds">To write it as such.</param>
    /// <param name="PastRoundBytes">What stays of the round in the state for good.</param>
    internal sealed record Figures(
        int Agents, double InviteSeconds, double JoinMs, double ArrivalMs, double ReceiptMs, double ShardMs,
        int StateBytes, double WriteSeconds, int PastRoundBytes);
}
