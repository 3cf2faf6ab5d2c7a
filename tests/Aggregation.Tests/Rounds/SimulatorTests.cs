using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Goal: whatever fails, a run ends with a reason, no acknowledged update is lost and none counts twice. Method: a
/// simulated world for each of many seeds, invariants after every event, and the whole journal replayed at the end.
/// </summary>
public class SimulatorTests(ITestOutputHelper output)
{
    [Fact]
    public void Ten_thousand_worlds_come_to_a_good_end()
    {
        var ends = Simulate(0, 10_000);

        // The faults must not be so harsh that nothing is ever tested, nor so mild that nothing ever goes wrong.
        Assert.True(ends[nameof(RunStatus.Completed)] > 3000, "too few runs complete");
        Assert.True(ends[nameof(RunStatus.Paused)] > 100, "too few runs pause");
        Assert.True(ends[nameof(RunStatus.Failed)] > 100, "too few runs fail");
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
        var (ends, eventCount) = (new Dictionary<string, int>(), 0L);
        for (var seed = first; seed < end; seed++)
        {
            try
            {
                var world = new Simulation(seed);
                world.Run();
                var name = world.Stored.Status.GetType().Name;
                ends[name] = ends.GetValueOrDefault(name) + 1;
                eventCount += world.EventCount;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"FED_SEED={seed}: {error.Message}", error);
            }
        }

        output.WriteLine($"{eventCount} events; {string.Join(", ", ends)}");
        return ends;
    }
}
