using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// A thousand agents with a small adapter: what they cost while nothing happens, how soon after a round's last update
/// the next round's orders are out, and how soon all of them work again after the server was killed.
/// </summary>
internal sealed class ThousandAgents(Workplace place, Action<string> say)
{
    private const int Agents = 1000;

    /// <summary>Agents that come and go before anything is measured, so that the server's code is compiled.</summary>
    private const int WarmAgents = 20;

    /// <summary>Of which the first is not measured.</summary>
    private const int Rounds = 6;

    /// <summary>How many agents send at once; the gateway's own limit is 64.</summary>
    private const int AtOnce = 32;

    // Longer than from one heart-beat to the next.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);
    private static readonly RunId Run = new("small");

    /// <summary>Measures.</summary>
    public async Task<Figures> MeasureAsync()
    {
        var server = await LoadServer.CreateAsync(
            place["thousand"], Agents, LoadPlan.Small, (Run.Value, Agents));
        var updates = place.Updates(LoadPlan.Small, 5);
        using var process = await ServerProcess.StartAsync(server.Folder);
        using var people = new LoadPeople(server, process);
        var none = await ServerAloneAsync(server, process);
        await using var fleet = new Fleet(server, process, Agents);
        var idle = await IdleAsync(process, people, fleet, none);

        var next = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            await LoadRound.BeginAsync(fleet, Run, round, AtOnce);
            var seconds = await NextTaskAsync(process, people, fleet, round, updates);
            if (round > 1) next.Add(seconds);
        }

        await LoadRound.BeginAsync(fleet, Run, Rounds + 1, AtOnce);
        await fleet.EachAsync(Agents / 2, AtOnce, (client, i) =>
            client.DeliverAsync(Run, LoadRound.Number(Rounds + 1), updates[i % updates.Length]));
        var (health, all) = await RecoverAsync(server, process, people, fleet);
        return new(idle, next.Order().ElementAt(next.Count / 2), health, all);
    }

    private static async Task<(double Resident, double Managed)> ServerAloneAsync(
        LoadServer server, ServerProcess process)
    {
        await using (var few = new Fleet(server, process, WarmAgents))
            await few.EachAsync(1, (client, _) => client.SelfAsync());
        await Task.Delay(Rest);
        var managed = await process.CollectAsync();
        return (process.Memory.ResidentKib, managed);
    }

    private async Task<double> IdleAsync(
        ServerProcess process, LoadPeople people, Fleet fleet, (double Resident, double Managed) none)
    {
        var (began, busy) = (Stopwatch.GetTimestamp(), process.Memory.ProcessorSeconds);
        await fleet.EachAsync(AtOnce, (client, _) => client.SelfAsync());
        var connected = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var handshakes = process.Memory.ProcessorSeconds - busy;
        await Task.Delay(Rest);
        var before = (process.Memory.ResidentKib - none.Resident) / Agents;
        busy = process.Memory.ProcessorSeconds;
        await Task.Delay(Rest);
        busy = process.Memory.ProcessorSeconds - busy;
        var managed = (await process.CollectAsync() - none.Managed) / Agents;
        var idle = (process.Memory.ResidentKib - none.Resident) / Agents;
        Say($"{Agents} agents connected in {connected:f1} s ({handshakes:f1} s of the server's processor time)");
        Say($"idle: the server alone {none.Resident / 1024:f0} MiB; for each agent {idle:f1} KiB, {managed:f1} KiB of "
            + $"them managed objects, {before:f1} KiB before garbage was collected; "
            + $"{busy / Rest.TotalSeconds:p1} of one processor");
        await people.StartAsync(Run);
        return idle;
    }

    private async Task<double> NextTaskAsync(
        ServerProcess process, LoadPeople people, Fleet fleet, int round, UpdateFile[] updates)
    {
        using var self = Process.GetCurrentProcess();
        var began = Stopwatch.GetTimestamp();
        var received = await LoadRound.DeliverAsync(fleet, Run, round, updates, AtOnce);
        var (ours, its) = (self.TotalProcessorTime, process.Memory.ProcessorSeconds);
        var ordered = await fleet.OrderedAsync(Run, OrderKind.Invitation, LoadRound.Number(round + 1));
        self.Refresh();
        (ours, its) = (self.TotalProcessorTime - ours, process.Memory.ProcessorSeconds - its);
        var whole = Stopwatch.GetElapsedTime(received, ordered).TotalSeconds;
        var phases = await people.SecondsAsync(Run, LoadRound.Number(round));
        var (sum, refresh, write) = (
            phases[RoundStage.Aggregating], phases[RoundStage.Refreshing], phases[RoundStage.Checkpointing]);
        var rest = whole - sum - refresh - write;
        var collecting = Stopwatch.GetElapsedTime(began, received).TotalSeconds;
        Say($"round {round}: {Agents} updates in {collecting:f1} s; from the last receipt to the last order "
            + $"{whole:f3} s: sums {sum:f3}, refresh {refresh:f3}, checkpoint {write:f3}, the rest {rest:f3}; "
            + $"processor time of the server {its:f2} s, of the agents {ours.TotalSeconds:f2} s");
        return rest;
    }

    private async Task<(double Health, double All)> RecoverAsync(
        LoadServer server, ServerProcess process, LoadPeople people, Fleet fleet)
    {
        process.Kill();
        fleet.Forget();
        var began = Stopwatch.GetTimestamp();
        using var again = await ServerProcess.StartAsync(server.Folder, process);
        while (!await people.IsHealthyAsync()) await Task.Delay(5);
        var health = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var all = Stopwatch.GetElapsedTime(began, await fleet.OrderedAsync()).TotalSeconds;
        Say($"killed in the middle of a round: healthy after {health:f2} s, all agents back with their orders after "
            + $"{all:f2} s ({again.Memory.ProcessorSeconds:f1} s of the server's processor time)");
        return (health, all);
    }

    private void Say(string text) => say($"{text} [load {ProcessFigures.Load}]");

    /// <param name="IdleKib">Resident memory of the server for each idle agent.</param>
    /// <param name="NextTaskSeconds">From the last receipt to the last order, less the work on the round.</param>
    /// <param name="HealthSeconds">From the start of the next server to its health.</param>
    /// <param name="AllBackSeconds">And to the last agent's order.</param>
    public sealed record Figures(double IdleKib, double NextTaskSeconds, double HealthSeconds, double AllBackSeconds);
}
