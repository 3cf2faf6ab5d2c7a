using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>What the transcripts show badly: limits, orders, and what a state must not hold.</summary>
public class RunMachineTests
{
    [Fact]
    public void A_bad_plan_is_told_all_that_is_wrong_with_it()
    {
        var plan = Samples.Plan with
        {
            Rounds = 0,
            Round = Samples.Plan.Round with
            {
                Method = " ",
                SamplingRate = 1.5,
                Task = new(TaskKind.Classification, "", "label", ["spam", "ham"], TokensMax: 0),
                Optimizer = Samples.Plan.Round.Optimizer with { LearningRate = double.PositiveInfinity, Momentum = 1 },
                Privacy = new(NoiseMultiplier: double.NaN, ClipNorm: 0, Delta: 0.1),
            },
            Policy = Samples.Policy with
            {
                CohortSize = 3,
                Quorum = 4,
                DistinctAgentsMin = 5,
                OverSelection = 0.5,
                SelectingSeconds = 0,
                RequiredAgents = [new("a"), new("a")],
            },
            Schedule = new RunSchedule.Manual(0),
            Shards = [new("one", ["l"]), new("two", ["l"]), new("three", [])],
        };
        string[] expected =
        [
            "rounds is 0; it must lie between 1 and 100000", "layer l is in 2 shards; it must be in 1",
            "shard three has no layers", "method is ' '; choose one of fedsvd, fedsvd-alternating",
            "samplingRate is 1.5; it must be above 0 and at most 1",
            "task.textColumn has 0 characters; it must have 1 to 256",
            "task.tokensMax is 0; it must lie between 1 and 1048576",
            "label 'ham' follows 'spam'; each must come once, in ordinal order",
            "optimizer.learningRate is Infinity; it must be above 0 and finite",
            "optimizer.momentum is 1; it must lie between 0 and 0.9999999999999999",
            "privacy.noiseMultiplier is NaN; it must be above 0 and finite",
            "privacy.clipNorm is 0; it must be above 0 and finite",
            "privacy.delta is 0.1; it must be above 0 and at most 0.001",
            "selectingSeconds is 0; it must lie between 1 and 2592000",
            "overSelection is 0.5; it must lie between 1 and 21845.333333333332",
            "quorum is 4; it must lie between 1 and 3", "distinctAgentsMin is 5; it must lie between 1 and 4",
            "requiredAgents names a 2 times; name it once",
            "schedule.triggerWithinSeconds is 0; it must lie between 1 and 2592000",
        ];
        var found = plan.Problems();
        Assert.Equal(expected.Length, found.Count);
        Assert.All(expected.Zip(found), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Empty(Samples.Plan.Problems());
        var error = Assert.Throws<ArgumentException>(() => Samples.Draft(plan, Samples.Midnight));
        Assert.All(expected, problem => Assert.Contains(problem, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../a")]
    [InlineData("a\n")]
    [InlineData("ä")]
    public void A_name_that_could_do_harm_is_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => new AgentId(name));
        Assert.Throws<ArgumentException>(() => new RunId(name));
        Assert.Throws<ArgumentException>(() => new CommandId(name));
    }

    [Fact]
    public void Who_is_invited_depends_on_the_seed_and_on_no_order_of_arrival()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"agent-{i}").ToList();
        var invited = Invited(seed: 5, names);
        Assert.Equal(2, invited.Count);
        Assert.Equal(invited, Invited(seed: 5, [.. names.AsEnumerable().Reverse()]));

        // 300 seeds, 2 of 20: each agent is drawn 30 times on average, with a standard deviation of 5.
        var counts = Enumerable.Range(0, 300).SelectMany(seed => Invited((ulong)seed, names))
            .GroupBy(agent => agent).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(20, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 5, 60));
    }

    [Fact]
    public void Required_agents_are_invited_before_all_others()
    {
        var plan = Samples.Plan with
        {
            Policy = Samples.Policy with { RequiredAgents = [new("agent-17"), new("agent-3")] },
        };
        var names = Enumerable.Range(0, 20).Select(i => $"agent-{i}").ToList();
        Assert.Equal(["agent-17", "agent-3"], Invited(seed: 1, names, plan).Select(agent => agent.Value));
    }

    [Fact]
    public void The_frozen_list_is_sorted_by_hash_and_its_weights_are_capped()
    {
        var script = Played("plan cohort=4 quorum=4 weightMax=10", "start", "present anna ben carl dora",
            "join anna ben carl dora", "deliver anna #9 weight=1000", "deliver ben #1 weight=7", "deliver dora #5",
            "deliver carl #5");
        var phase = Assert.IsType<RoundPhase.Working>(script.State.Round!.Phase);
        Assert.Equal(
            [
                new(Samples.Hash(1), new("ben"), 7), new(Samples.Hash(5), new("carl"), 1),
                new(Samples.Hash(5), new("dora"), 1), new(Samples.Hash(9), new("anna"), 10),
            ],
            phase.Work.Frozen);
    }

    [Fact]
    public void The_sections_of_an_update_go_from_its_receipt_to_the_sum_and_a_second_list_changes_nothing()
    {
        var script = Played("start", "present anna ben", "join anna ben");
        var round = script.State.Round!.Id;
        var sent = Samples.Update(script.State.Clock.LastSeen, "anna", round, 1) with { Sections = Samples.Hash(7) };
        var (state, receipt) = Applied(script.State, sent);
        Assert.Equal(
            Samples.Hash(7), Assert.IsType<Standing.Delivered>(state.Round!.Entry(new("anna"))!.Standing).Sections);

        var (again, same) = Applied(state, sent with { Sections = null });
        Assert.Equal((state, receipt), (again, same));
        (state, _) = Applied(state, Samples.Update(state.Clock.LastSeen, "ben", round, 2));
        var phase = Assert.IsType<RoundPhase.Working>(state.Round!.Phase);
        Assert.Equal(
            [
                new(Samples.Hash(1), new("anna"), 1) { Sections = Samples.Hash(7) },
                new(Samples.Hash(2), new("ben"), 1),
            ],
            phase.Work.Frozen);
        Assert.Equal([Samples.Hash(1), Samples.Hash(7)], phase.Work.Frozen[0].Blobs());
        Assert.Equal([Samples.Hash(2)], phase.Work.Frozen[1].Blobs());

        static (RunState, Answer) Applied(RunState state, RunEvent happened)
        {
            var transition = RunMachine.Apply(state, happened);
            return (transition.State, transition.Answer);
        }
    }

    [Fact]
    public void Only_a_run_that_is_not_private_keeps_norms()
    {
        string[] lines = ["start", "present anna ben", "join anna ben", "deliver anna #1 norm=1.25"];
        var open = Played(["plan private=no", .. lines]).State.Round!.Entry(new("anna"))!;
        Assert.Equal(1.25, Assert.IsType<Standing.Delivered>(open.Standing).Norm);

        var closed = Played(["plan private=yes", .. lines]);
        Assert.IsType<Standing.Joined>(closed.State.Round!.Entry(new("anna"))!.Standing);
        var stored = System.Text.Encoding.UTF8.GetString(RunJson.Write(closed.State));
        Assert.DoesNotContain("1.25", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_of_commands_and_refusals_is_bounded()
    {
        var script = Played("start", "present anna ben", "join anna ben");
        for (var i = 0; i < 100; i++)
        {
            script.Run("pause finish");
            script.Run("resume");
        }

        Assert.Equal(RunState.CommandsMax, script.State.Commands.Count);
        for (var i = 0; i < 2 * RoundState.RefusedMax; i++) script.Run($"deliver stranger-{i} #1");
        Assert.Equal(RoundState.RefusedMax, script.State.Round!.Refused.Count);
    }

    [Fact]
    public void A_fork_goes_on_with_the_next_round_number()
    {
        var script = Played("plan rounds=3", "start", "present anna ben", "join anna ben", "deliver anna #1",
            "deliver ben #2", "work", "fork 1 child");
        var order = Assert.Single(script.State.Forks);
        var child = RunMachine.Create(order.Id, order.Plan, order.Origin, order.Seed, Samples.Midnight);
        child = RunMachine.Apply(child, new RunEvent.Asked(
            Samples.Midnight, new("c"), "olga", new RunCommand.Start())).State;
        Assert.Equal(new RoundId(2, 1), child.Round!.Id);
        Assert.Equal(script.State.CheckpointOf(1), child.Round.Start);
        Assert.Equal(Samples.Run, child.Origin.Parent);
    }

    private static List<AgentId> Invited(ulong seed, IReadOnlyList<string> names, RunPlan? plan = null)
    {
        var state = RunMachine.Create(Samples.Run, plan ?? Samples.Plan, Samples.Origin, seed, Samples.Midnight);
        foreach (var name in names)
        {
            var present = new RunEvent.AgentPresent(Samples.Midnight, new(name), AgentRole.Trainer);
            state = RunMachine.Apply(state, present).State;
        }

        state = RunMachine.Apply(state, new RunEvent.Asked(
            Samples.Midnight, new("c"), "olga", new RunCommand.Start())).State;
        return [.. state.Round!.Roster.Select(entry => entry.Agent)];
    }

    private static Script Played(params string[] lines)
    {
        var script = new Script();
        foreach (var line in lines) script.Run(line);
        return script;
    }
}
