using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Benchmarks.Service;

namespace FedLowRank.Benchmarks.Cluster;

/// <summary>What the one grain of a run bears: its events, its memory and its stream in the journal.</summary>
internal static class RunBenchmark
{
    private const string Head = """
        | agents | invitations | answer | arrival | receipt | shard's result | state | to write it | each past round |
        | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        """;

    private static readonly int[] Agents = [1000, 10_000, ExactSum.AgentsMax];

    /// <summary>Measures.</summary>
    public static async Task<object> RunAsync(Action<string> say)
    {
        RunCosts.Measure(Agents[0]);
        var costs = Agents.Select(RunCosts.Measure).ToList();
        say(string.Join('\n', costs.Select(Line).Prepend(Head)));
        using var place = new Workplace();
        var rates = await JournalRates.MeasureAsync(place);
        foreach (var (batch, rate) in rates)
            say(FormattableString.Invariant($"PostgreSQL, {batch} receipts in an append: {rate:N0} receipts/s"));
        var bytes = RunJson.Write(RunCosts.Receipt(0)).Length;
        say(FormattableString.Invariant($"a receipt in the journal: {bytes} bytes [load {ProcessFigures.Load}]"));
        return new { runs = costs, receipts_per_second = rates, receipt_bytes = bytes };
    }

    private static string Line(RunCosts.Figures costs) => FormattableString.Invariant(
        $"| {costs.Agents:N0} | {costs.InviteSeconds:f2} s | {costs.JoinMs:f2} ms | {costs.ArrivalMs:f2} ms | ") +
        FormattableString.Invariant($"{costs.ReceiptMs:f2} ms | {costs.ShardMs:f1} ms | ") +
        FormattableString.Invariant(
            $"{costs.StateBytes / 1e6:f1} MB | {costs.WriteSeconds:f2} s | {costs.PastRoundBytes / 1e6:f1} MB |");
}
