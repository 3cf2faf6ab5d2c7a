using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Views;
using FedLowRank.Gateway.Tests.Rig;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: what charts and tables show is what happened. Method: histories whose sums are known beforehand, with retries,
/// rollbacks and every way in which an agent can end a round.
/// </summary>
public class HistoryTests
{
    [Fact]
    public void A_round_has_its_time_its_traffic_and_its_metrics()
    {
        var history = RunHistory.Of(SampleRun.Completed(rounds: 3, agents: 4));
        Assert.Equal(["accuracy", "loss"], history.Metrics);
        var round = history.Round(2)!;
        Assert.Equal((1, 4, 4000L), (round.Attempts, round.Trained, round.ReceivedBytes));
        Assert.Equal(TimeSpan.FromSeconds(61.5), round.Took);
        Assert.Equal(0.5, round.Metric("loss"));
        Assert.Null(round.Metric("f1"));
        Assert.Null(history.Round(4));
    }

    [Fact]
    public void What_a_retry_took_over_counts_once_and_the_time_of_both_attempts_counts()
    {
        var missed = SampleRun.Round(1, [SampleRun.Entry("a", SampleRun.Delivered(1, 0))]) with
        {
            Result = new RoundResult.QuorumMissed(new(RoundStage.Collecting, 1, 2, [])),
        };
        var done = SampleRun.Round(
            1,
            [SampleRun.Entry("a", SampleRun.Delivered(1, 0)), SampleRun.Entry("b", SampleRun.Delivered(1, 1), 2)],
            attempt: 2);
        var round = RunHistory.Of(SampleRun.Draft() with { History = [missed, done] }).Round(1)!;
        Assert.Equal((2, 2, 2000L), (round.Attempts, round.Trained, round.ReceivedBytes));
        Assert.Equal(TimeSpan.FromSeconds(123), round.Took);
        Assert.Equal(1, round.Metric("loss"));
    }

    [Fact]
    public void A_round_that_was_rolled_back_has_no_metrics_but_its_traffic_stays()
    {
        var superseded = SampleRun.Round(1, [SampleRun.Entry("a", SampleRun.Delivered(1, 0))]) with
        {
            IsSuperseded = true,
        };
        var history = RunHistory.Of(SampleRun.Draft() with { History = [superseded] });
        Assert.Empty(history.Metrics);
        Assert.Null(history.Round(1)!.Checkpoint);
        Assert.Equal(1000, history.Round(1)!.ReceivedBytes);
    }

    [Fact]
    public void The_least_epsilon_is_that_of_the_rounds_that_were_surely_paid_for()
    {
        var run = SampleRun.Draft() with
        {
            History =
            [
                SampleRun.Round(1,
                [
                    SampleRun.Entry("all", SampleRun.Delivered(1, 0)),
                    SampleRun.Entry("lost", new Standing.Lost(LostReason.Died)),
                    SampleRun.Entry("unheard", new Standing.NoUpdate()),
                    SampleRun.Entry("unwilling", new Standing.Declined(DeclineReason.Busy)),
                ]),
                SampleRun.Round(2,
                [
                    SampleRun.Entry("all", new Standing.Quarantined(
                        SampleRun.Hash(1), ScreeningVerdict.OffGrid, Norm: null)),
                    SampleRun.Entry("lost", new Standing.NoAnswer()),
                ]),
                SampleRun.Round(3, [SampleRun.Entry("all", new Standing.Late(SampleRun.Opened))]),
            ],
        };
        var spending = AgentSpending.Of(run, [SampleRun.Agent("lost", spent: 9, max: 10, delta: 1e-6)]);
        Assert.Equal(["lost", "all"], spending.Select(one => one.Agent.Value));
        var plan = run.Plan.Round;
        var accountant = new RdpAccountant();
        Assert.Equal((3, 1e-5), (spending[1].Rounds, spending[1].Delta));
        Assert.Equal(
            accountant.Epsilon([new(plan.SamplingRate, plan.Privacy!.NoiseMultiplier, 3 * plan.LocalSteps)], 1e-5),
            spending[1].AtLeast);
        Assert.Equal((1, 1e-6, 0.9), (spending[0].Rounds, spending[0].Delta, spending[0].Share));
        Assert.Equal(
            accountant.Epsilon([new(plan.SamplingRate, plan.Privacy.NoiseMultiplier, plan.LocalSteps)], 1e-6),
            spending[0].AtLeast);
    }

    [Fact]
    public async Task An_update_in_the_round_in_progress_is_paid_for()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        Assert.Empty(AgentSpending.Of(rig.Federation.Runs.StateOf(GatewayRig.Run)!, []));
        await rig.Federation.Runs.ApplyAsync(GatewayRig.Run, new RunEvent.UpdateSubmitted(
            rig.Time.GetUtcNow(), GatewayRig.Run, GatewayRig.Round, new("paris"), SampleRun.Hash(3), 100, 1,
            new(ScreeningVerdict.Clean, null)));
        var spent = Assert.Single(AgentSpending.Of(rig.Federation.Runs.StateOf(GatewayRig.Run)!, []));
        Assert.Equal(("paris", 1), (spent.Agent.Value, spent.Rounds));
        Assert.True(spent.AtLeast > 0);
    }

    [Fact]
    public void A_run_that_is_not_private_promises_nothing()
    {
        var plan = GatewayRig.Plan with { Round = GatewayRig.Plan.Round with { Privacy = null } };
        var run = SampleRun.Completed(2, 2);
        Assert.Empty(AgentSpending.Of(run with { Plan = plan }, []));
    }

    [Fact]
    public void Plans_differ_in_exactly_the_values_that_were_changed()
    {
        var a = GatewayRig.Plan;
        var b = a with
        {
            Rounds = 3,
            Round = a.Round with { Privacy = a.Round.Privacy! with { NoiseMultiplier = 2 } },
            Shards = [new("all", ["layer.0", "layer.1"])],
        };
        Assert.Empty(PlanDifference.Between(a, a));
        Assert.Equal(
            [
                new("rounds", "2", "3"), new("round.privacy.noiseMultiplier", "1", "2"),
                new("shards[0].layers", "layer.0", "layer.0, layer.1"),
            ],
            PlanDifference.Between(a, b));
    }

    [Fact]
    public void Plans_of_which_one_is_not_private_differ_in_all_terms_of_privacy()
    {
        var open = GatewayRig.Plan with { Round = GatewayRig.Plan.Round with { Privacy = null } };
        var differences = PlanDifference.Between(open, GatewayRig.Plan);
        Assert.Equal(
            ["round.privacy", "round.privacy.clipNorm", "round.privacy.delta", "round.privacy.noiseMultiplier"],
            differences.Select(one => one.Path).Order(StringComparer.Ordinal));
        Assert.Equal("none", differences[0].A);
        Assert.Null(differences[0].B);
    }
}
