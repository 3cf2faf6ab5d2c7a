using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>The cap on participations, which the noise is calibrated for, holds in every draw.</summary>
public sealed class CohortScheduleTests
{
    [Fact]
    public void Nobody_takes_part_more_often_than_the_cap_or_twice_in_a_round()
    {
        var random = new Random(1);
        for (ulong seed = 0; seed < 500; seed++)
        {
            var agents = random.Next(1, 13);
            var cohort = random.Next(1, agents + 1);
            var rounds = random.Next(1, 30);
            var schedule = CohortSchedule.Draw(agents, cohort, rounds, seed);
            Assert.Equal(rounds, schedule.Length);
            Assert.All(schedule, round =>
            {
                Assert.Equal(cohort, round.Distinct().Count());
                Assert.Equal(cohort, round.Length);
                Assert.All(round, agent => Assert.InRange(agent, 0, agents - 1));
            });
            var counts = Enumerable.Range(0, agents).Select(a => schedule.Count(round => round.Contains(a))).ToArray();
            var cap = CohortSchedule.RoundsMax(agents, cohort, rounds);
            Assert.True(
                counts.Max() <= cap && counts.Min() >= (rounds * cohort / agents) && cap - counts.Max() <= 1,
                $"seed {seed}: {agents} agents, cohorts of {cohort}, {rounds} rounds, cap {cap}: "
                + string.Join(' ', counts));
        }
    }

    [Theory]
    [InlineData(10, 3, 10, 3)]
    [InlineData(10, 3, 11, 4)]
    [InlineData(6, 6, 100, 100)]
    [InlineData(10_000, 10_000, 100_000, 100_000)]
    public void The_cap_is_the_ceiling_of_the_mean(int agents, int cohort, int rounds, int cap) =>
        Assert.Equal(cap, CohortSchedule.RoundsMax(agents, cohort, rounds));

    [Fact]
    public void Seeds_decide()
    {
        var first = CohortSchedule.Draw(10, 3, 20, seed: 1);
        Assert.Equal(first.SelectMany(r => r), CohortSchedule.Draw(10, 3, 20, seed: 1).SelectMany(r => r));
        Assert.NotEqual(first.SelectMany(r => r), CohortSchedule.Draw(10, 3, 20, seed: 2).SelectMany(r => r));
    }

    [Fact]
    public void All_agents_meet_in_other_pairs_over_time()
    {
        var pairs = CohortSchedule.Draw(6, 2, 300, seed: 3).Select(r => (r[0], r[1])).Distinct();
        Assert.Equal(15, pairs.Count());
    }
}
