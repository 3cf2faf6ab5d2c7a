using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>
/// A run starts only from an adapter that every round of its plan can train, and all that is wrong is told.
/// </summary>
public sealed class StartCheckTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_tensor_must_be_in_one_shard_and_every_shard_of_the_adapter()
    {
        var plan = Plan() with { Shards = [new("all", [.. Modules[1..], Weight, Frozen, "layer.9.query", "bias"])] };
        var error = await RefusedAsync(plan, Adapter());
        Assert.Contains("shard all names layer.9.query", error);
        Assert.Contains("shard all names bias", error);
        Assert.Contains($"{Modules[0]} of the adapter is in no shard", error);
        Assert.Contains($"{Bias} of the adapter is in no shard", error);
    }

    [Fact]
    public async Task A_layer_and_a_head_tensor_of_one_name_are_told_apart_by_nobody()
    {
        var adapter = Adapter();
        var twin = new Adapter(adapter.Layers, [.. adapter.Head, new(new(Modules[0], 1, 1), [0])]);
        Assert.Contains($"{Modules[0]} is the name of a layer and of a head tensor", await RefusedAsync(Plan(), twin));
    }

    [Fact]
    public async Task Updates_of_every_turn_must_fit_the_plan_and_the_bytes_are_told()
    {
        var alternating = Plan("fedsvd-alternating");
        var (b, a) = (Form(alternating, 1).Bytes, Form(alternating, 2).Bytes);
        Assert.NotEqual(a, b);
        var (less, more) = (Math.Min(a, b), Math.Max(a, b));
        Assert.Contains($"has {more} bytes; updateBytesMax is {less}", await RefusedAsync(Limited(less), Adapter()));
        await folder.StartAsync(Limited(more), Adapter());

        RunPlan Limited(long bytes) => alternating with
        {
            Round = alternating.Round with { UpdateBytesMax = bytes },
        };
    }

    [Fact]
    public async Task The_method_must_be_able_to_train_it()
    {
        Assert.Contains("fed-sb cannot train the adapter", await RefusedAsync(Plan("fed-sb"), Adapter()));
        var skewed = new Adapter(Adapter().Layers.Select(Doubled), Adapter().Head);
        Assert.Contains("has no orthonormal rows", await RefusedAsync(Plan("ffa-orthonormal"), skewed));
        var frozen = new Adapter([], [new(new(Frozen, 1, 1), [1], isTrained: false)]);
        var plan = Plan() with { Shards = [new("all", [Frozen])] };
        Assert.Contains("fedsvd finds nothing to train", await RefusedAsync(plan, frozen));

        static LoraFactors Doubled(LoraFactors layer) => layer.With([.. layer.A.ToArray().Select(value => 2 * value)]);
    }

    [Fact]
    public async Task A_plan_out_of_its_limits_and_a_file_that_is_no_adapter_are_refused()
    {
        Assert.Contains("rounds is 0", await RefusedAsync(Plan() with { Rounds = 0 }, Adapter()));
        var text = await PutAsync(folder.Blobs, "no adapter at all"u8.ToArray());
        var error = await Assert.ThrowsAsync<WorkException>(() => folder.Work.WriteStartAsync(
            WorkFolder.Run, Plan(), text, TestContext.Current.CancellationToken));
        Assert.Contains($"adapter {text} cannot be read", error.Message);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_value_that_is_not_finite_is_named(double value)
    {
        var file = File(Adapter());
        BitConverter.GetBytes(value).CopyTo(file, file.Length - 8);
        var hash = await PutAsync(folder.Blobs, file);
        var error = await Assert.ThrowsAsync<WorkException>(() => folder.Work.WriteStartAsync(
            WorkFolder.Run, Plan(), hash, TestContext.Current.CancellationToken));
        Assert.Contains(Frozen, error.Message);
        Assert.Contains("not finite", error.Message);
    }

    private async Task<string> RefusedAsync(RunPlan plan, Adapter adapter) =>
        (await Assert.ThrowsAsync<WorkException>(() => folder.StartAsync(plan, adapter))).Message;
}
