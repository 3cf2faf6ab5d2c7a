using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// Most memory of a server in a round, less what it has with the same connections while nothing happens, with few
/// agents and with many: each in a server of its own, that has played a round before.
/// </summary>
internal sealed class RoundMemory(Workplace place, Action<string> say)
{
    private const int Few = 10, Many = 1000;

    /// <summary>Rounds of which the largest peak counts, after one that does not.</summary>
    private const int Rounds = 2;

    /// <summary>Alike for both, as the gateway bounds it whatever the number of agents.</summary>
    private const int AtOnce = 10;

    private static readonly RunId Run = new("memory");
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    // Masters of 400 MiB, so that what the server's own work takes is large beside what a thousand connections do; and
    // updates of 1.5 MiB, so that a thousand of them are sent within a minute.
    private static readonly LoadPlan Plan = new(24, 512, 65536, 32, Shards: 2);

    /// <summary>Measures.</summary>
    /// <returns>Many over few.</returns>
    public async Task<double> MeasureAsync()
    {
        var updates = place.Updates(Plan, 3);
        var few = await MeasureAsync(Few, updates);
        var many = await MeasureAsync(Many, updates);
        return many / few;
    }

    private async Task<double> MeasureAsync(int agents, UpdateFile[] updates)
    {
        var server = await LoadServer.CreateAsync(
            place[FormattableString.Invariant($"memory-{agents}")], agents, Plan, (Run.Value, agents));
        using var process = await ServerProcess.StartAsync(server.Folder);
        using var people = new LoadPeople(server, process);
        await using var fleet = new Fleet(server, process, agents);
        await fleet.EachAsync(AtOnce, (client, _) => client.SelfAsync());
        await people.StartAsync(Run);
        var began = Stopwatch.GetTimestamp();
        var (idle, peak) = (double.PositiveInfinity, 0.0);
        for (var round = 1; round <= Rounds + 1; round++)
        {
            await fleet.OrderedAsync(Run, OrderKind.Invitation, LoadRound.Number(round));
            await process.CollectAsync();
            await Task.Delay(Rest);
            var before = process.Memory.ResidentKib;
            process.Memory.ForgetPeak();
            await LoadRound.BeginAsync(fleet, Run, round, AtOnce);
            await LoadRound.DeliverAsync(fleet, Run, round, updates, AtOnce);
            await fleet.OrderedAsync(Run, OrderKind.Invitation, LoadRound.Number(round + 1));
            if (round > 1) (idle, peak) = (Math.Min(idle, before), Math.Max(peak, process.Memory.PeakKib - before));
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        say($"{agents} agents, updates of {updates[0].Offer.Bytes / 1e6:f1} MB: idle {idle / 1024:f0} MiB, at most "
            + $"{peak / 1024:f0} MiB more in a round; {seconds:f0} s for {Rounds + 1} rounds "
            + $"[load {ProcessFigures.Load}]");
        return peak;
    }
}
