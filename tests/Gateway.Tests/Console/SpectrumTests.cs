using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Gateway.Console.Spectra;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: the figures of the layers are right. Method: spaces with known angles, values with known ranks, and
/// checkpoints in a real store.
/// </summary>
public class SpectrumTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0)]
    [InlineData(1e-7)]
    [InlineData(30)]
    [InlineData(90)]
    public void A_space_that_turned_by_an_angle_is_seen_to_have_turned_by_it(double degrees)
    {
        var angle = degrees * Math.PI / 180;
        var before = Rows([1, 0, 0, 0], [0, 1, 0, 0]);
        var after = Rows([2 * Math.Cos(angle), 0, 2 * Math.Sin(angle), 0], [0, 5, 0, 0]);
        var angles = SubspaceAngles.Between(before, after)!;
        Assert.Equal(2, angles.Count);
        Assert.Equal(degrees, angles[0], 1e-6 + degrees * 1e-9);
        Assert.Equal(0, angles[1], 1e-12);
    }

    [Fact]
    public void Rows_that_were_only_mixed_span_the_space_that_they_did()
    {
        var before = Rows([1, 2, 3, 4, 5], [0, 1, -1, 2, 0]);
        var after = Rows([1, 3, 2, 6, 5], [2, 3, 7, 6, 10]);
        Assert.All(SubspaceAngles.Between(before, after)!, angle => Assert.Equal(0, angle, 1e-9));
    }

    [Fact]
    public void Of_rows_that_span_no_full_space_nothing_is_said() =>
        Assert.Null(SubspaceAngles.Between(Rows([1, 0, 0], [0, 1, 0]), Rows([1, 1, 0], [2, 2, 0])));

    [Theory]
    [InlineData(new double[] { 2, 2, 2 }, 3)]
    [InlineData(new double[] { 5, 0, 0 }, 1)]
    [InlineData(new double[] { 0, 0 }, 0)]
    [InlineData(new double[] { 3, 1 }, 1.7547653506033231)]
    public void The_effective_rank_counts_the_directions_that_matter(double[] values, double rank) =>
        Assert.Equal(rank, CheckpointMeasure.EffectiveRank(values), 1e-12);

    [Fact]
    public async Task A_checkpoint_is_measured_once_beside_the_requests_and_compared_with_the_one_before()
    {
        await using var rig = await GatewayRig.StartAsync();
        var book = rig.Server.Services.GetRequiredService<SpectrumBook>();
        var first = await PutAsync(rig, 1, start: null, Layer([1, 0, 0], [4, 0]));
        var second = await PutAsync(rig, 2, first, Layer([0.5, 0, Math.Sqrt(0.75)], [0, 6]));

        var figures = await AwaitAsync(book, second);
        Assert.Null(figures.Problem);
        var layer = Assert.Single(figures.Layers);
        Assert.Equal("layer.0", layer.Module);
        Assert.Equal(12, Assert.Single(layer.SingularValues), 1e-12);
        Assert.Equal(1, layer.EffectiveRank, 1e-12);
        Assert.Equal(60, layer.TurnMaxDegrees!.Value, 1e-9);
        Assert.True(figures.Bytes > 0);
        Assert.Same(figures, Assert.Single(book.Find([second])).Value);
        Assert.Null((await AwaitAsync(book, first)).Layers[0].TurnMaxDegrees);
    }

    [Fact]
    public async Task A_checkpoint_that_cannot_be_read_is_told_and_those_after_it_are_measured()
    {
        await using var rig = await GatewayRig.StartAsync();
        var book = rig.Server.Services.GetRequiredService<SpectrumBook>();
        var sound = await PutAsync(rig, 1, start: null, Layer([1, 0, 0], [4, 0]));
        Assert.NotNull((await AwaitAsync(book, SampleRun.Hash(404))).Problem);
        Assert.Null((await AwaitAsync(book, sound)).Problem);
    }

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(63, 1, 64)]
    [InlineData(64, 2, 33)]
    [InlineData(500, 8, 64)]
    public void A_long_run_is_looked_at_every_so_many_rounds(int rounds, int step, int count)
    {
        var chosen = RunSpectra.Choose(SampleRun.Completed(rounds, agents: 1));
        Assert.Equal((step, count), (chosen.Step, chosen.Rounds.Count));
        Assert.Equal(0, chosen.Rounds[0].Round);
        Assert.Equal(rounds, chosen.Rounds[^1].Round);
        Assert.Equal(SampleRun.Hash(rounds + 1), chosen.Rounds[^1].Checkpoint);
    }

    private static async Task<CheckpointFigures> AwaitAsync(SpectrumBook book, BlobHash checkpoint)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var changed = book.Changed;
            if (book.Find([checkpoint]).TryGetValue(checkpoint, out var figures)) return figures;
            await changed.WaitAsync(timeout.Token);
        }
    }

    private static async Task<BlobHash> PutAsync(GatewayRig rig, int round, BlobHash? start, LoraFactors layer)
    {
        using var file = new MemoryStream();
        AdapterFile.Write(new([layer], []), file);
        file.Position = 0;
        var part = await rig.Blobs.PutAsync(file);
        var manifest = ManifestJson.Write(new(
            GatewayRig.Run, start is null ? null : new(round, 1), start, GatewayRig.Plan, [], [part.Hash]));
        return (await rig.Blobs.PutAsync(new MemoryStream(manifest))).Hash;
    }

    private static LoraFactors Layer(double[] a, double[] b) =>
        new(new("layer.0", a.Length, b.Length, 1, alpha: 2), a, b);

    private static Matrix Rows(params double[][] rows) =>
        new(rows.Length, rows[0].Length, [.. rows.SelectMany(row => row)]);
}
