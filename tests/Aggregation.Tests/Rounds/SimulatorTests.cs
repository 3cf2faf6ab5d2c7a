using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Goal: whatever fails, a run ends with a reason, no acknowledged update is lost and none counts twice. Method: a
/// simulated world for each of many seeds, invariants after every event, and the whole journal replayed at the end.
/// </summary>
public class SimulatorTests(ITestOutputHelper output)
{
    private static readonly string[] Rare =
    [
        "end: paused", "end: failed", "end: cancelled", "crash", "superseded",
        nameof(RoundResult.QuorumMissed), nameof(RoundResult.Abandoned), nameof(PauseReason.WorkStalled),
        nameof(Standing.CarriedOver), nameof(Standing.Late), nameof(Standing.Lost), nameof(Standing.Quarantined),
        nameof(Standing.NoUpdate), nameof(Standing.NoAnswer), nameof(Standing.Released), nameof(Standing.Declined),
        "SkipNoEvaluator", "SkipDeadlinePassed", "SkipDeclined", "SkipAbandoned", "conflict", "stale", "wrong-standing",
    ];

    [Fact]
    public void Ten_thousand_worlds_come_to_a_good_end()
    {
        var seen = Simulate(0, 10_000);

        // The faults must not be so harsh that nothing is ever tested, nor so mild that something never goes wrong.
        Assert.True(seen["end: completed"] > 3000, "too few runs complete");
        foreach (var rare in Rare) Assert.True(seen.GetValueOrDefault(rare) > 20, $"{rare} is hardly ever seen");
    }

    /// <summary>For a soak, or with FED_SEED one world again.</summary>
    [Fact(Explicit = true)]
    public void A_million_worlds_or_one()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("FED_SEED"), out var seed)) Simulate(seed, seed + 1);
        else Simulate(10_000, 1_010_000);
    }

    private Dictionary<string, int> Simulate(int first, int end)
    {
        var seen = new Dictionary<string, int>();
        for (var seed = first; seed < end; seed++)
        {
            try
            {
                var world = new Simulation(seed);
                world.Run();
                foreach (var (what, count) in world.Seen) seen[what] = seen.GetValueOrDefault(what) + count;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"FED_SEED={seed}: {error.Message}", error);
            }
        }

        output.WriteLine(string.Join(", ", seen));
        return seen;
    }
}
