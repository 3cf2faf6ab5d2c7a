using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>
/// Goal: figures of the work on a round. Method: B of 24 layers of 768 x 8 values, 0.6 MB, of 500 agents, in 4 shards
/// one after the other.
/// </summary>
public sealed class WorkBench(ITestOutputHelper output)
{
    private const int AgentCount = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Seconds_of_each_piece_of_work()
    {
        using var folder = new WorkFolder();
        var names = Enumerable.Range(0, 24).Select(i => $"layer.{i}").ToList();
        var plan = Plan() with
        {
            Shards = names.Chunk(6).Select((layers, i) => new LayerShard($"{i}", layers.ToValueList())).ToValueList(),
        };
        var adapter = new Adapter(
            names.Select(name => AdapterStart.Layer(new(name, 768, 768, 8, 16), FactorStart.Orthonormal, 1)), []);
        var clock = Stopwatch.StartNew();
        var start = await folder.StartAsync(plan, adapter);
        Tell("start", clock);

        var form = Form(plan, 1, adapter);
        var updates = await folder.UpdatesAsync(form, AgentCount, seed: 1);
        output.WriteLine($"{AgentCount} updates of {form.Bytes / 1e6:F2} MB");
        var parts = new List<BlobHash>();
        for (var shard = 0; shard < plan.Shards.Count; shard++)
        {
            clock.Restart();
            var sum = await folder.SumAsync(plan, 1, shard, start, updates);
            output.WriteLine($"{AgentCount * form.Bytes / clock.Elapsed.TotalSeconds / 1e9:F2} GB/s");
            Tell("aggregate", clock);
            parts.Add(await folder.Work.RefreshAsync(plan, new(new(1, 1), shard, 1, start, sum), Token));
            Tell("refresh", clock);
        }

        await folder.CheckpointAsync(plan, 1, start, updates, parts.ToValueList());
        Tell("checkpoint", clock);
    }

    private void Tell(string what, Stopwatch clock)
    {
        output.WriteLine($"{what}: {clock.Elapsed.TotalSeconds:F3} s");
        clock.Restart();
    }
}
