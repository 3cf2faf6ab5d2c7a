using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>A round as the agents of a fleet play it.</summary>
internal static class LoadRound
{
    /// <summary>The first attempt at a round.</summary>
    public static RoundId Number(int number) => new(number, Attempt: 1);

    /// <summary>All are invited, join, and are told to train.</summary>
    public static async Task BeginAsync(Fleet fleet, RunId run, int round, int atOnce)
    {
        var id = Number(round);
        await fleet.OrderedAsync(run, OrderKind.Invitation, id);
        await fleet.EachAsync(atOnce, (client, _) => client.JoinAsync(run, id));
        await fleet.OrderedAsync(run, OrderKind.Training, id);
    }

    /// <summary>All deliver.</summary>
    /// <returns>When the last had its receipt, as <see cref="Stopwatch.GetTimestamp"/>.</returns>
    public static async Task<long> DeliverAsync(
        Fleet fleet, RunId run, int round, IReadOnlyList<UpdateFile> updates, int atOnce)
    {
        await fleet.EachAsync(
            atOnce, (client, i) => client.DeliverAsync(run, Number(round), updates[i % updates.Count]));
        return Stopwatch.GetTimestamp();
    }
}
