using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>Small adapters, plans that suit them, and updates, all from a seed.</summary>
internal static class CheckpointSamples
{
    public const string Weight = "classifier.weight";
    public const string Bias = "classifier.bias";
    public const string Frozen = "classifier.dense";

    public static readonly string[] Modules = ["layer.0.query", "layer.0.value", "layer.1.query", "layer.1.value"];

    /// <summary>Four layers of different widths and ranks, two trained tensors of a head and a frozen one.</summary>
    public static Adapter Adapter(int seed = 1, bool hasInner = false) => new(
        Modules.Select((module, i) =>
        {
            var layer = AdapterStart.Layer(
                new LoraShape(module, 6 + i, 9 - i, 2 + (i % 2), 4), FactorStart.Orthonormal, (ulong)seed);
            return hasInner ? AdapterStart.WithInner(layer, (ulong)seed) : layer;
        }),
        [
            new NamedTensor(new(Weight, 2, 5), Values(seed, 10)),
            new NamedTensor(new(Bias, 2, 1), Values(seed + 1, 2)),
            AdapterStart.FrozenOrthogonal(new(Frozen, 5, 5), (ulong)seed),
        ]);

    public static ValueList<string> Names() => [.. Modules, Frozen, Weight, Bias];

    /// <summary>The names dealt out, in no tidy order, to so many shards.</summary>
    public static ValueList<LayerShard> Shards(int count)
    {
        var names = Names().Reverse().ToList();
        return Enumerable.Range(0, count)
            .Select(s => new LayerShard($"shard{s}", names.Where((_, i) => i % count == s).ToValueList()))
            .ToValueList();
    }

    public static RunPlan Plan(string method = "fedsvd", int shards = 2, bool isPrivate = false) => new(
        Rounds: 4,
        new RoundPlan
        {
            Method = method,
            Period = 1,
            BaseModel = new BlobHash(0, 1),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
            LocalSteps = 10,
            SamplingRate = 0.125,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 100,
            UpdateBytesMax = 1 << 20,
            Privacy = isPrivate ? new(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5) : null,
        },
        new RoundPolicy
        {
            SelectingSeconds = 60,
            CollectingSeconds = 600,
            WorkSeconds = 30,
            EvaluatingSeconds = 120,
            CohortSize = 3,
            OverSelection = 1,
            Quorum = 2,
            DistinctAgentsMin = 2,
            MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Pause),
            WorkRetriesMax = 1,
        },
        new RunSchedule.Automatic(RestSeconds: 0),
        Shards(shards));

    public static UpdateForm Form(RunPlan? plan = null, int round = 1, Adapter? start = null) =>
        UpdateForm.Of((plan ?? Plan()).Round, round, AdapterShape.Of(start ?? Adapter()));

    /// <summary>Values on the grid.</summary>
    public static float[] Update(UpdateForm form, int seed)
    {
        var random = new Random(seed);
        var values = new float[form.Grid.Layout.Count];
        for (var i = 0; i < values.Length; i++) values[i] = (random.NextSingle() * 2) - 1;
        GridRounding.Round(values, form.Grid, values);
        return values;
    }

    public static byte[] File(UpdateForm form, ReadOnlySpan<float> values)
    {
        using var file = new MemoryStream();
        form.Write(values, file);
        return file.ToArray();
    }

    public static byte[] File(Adapter adapter)
    {
        using var file = new MemoryStream();
        AdapterFile.Write(adapter, file);
        return file.ToArray();
    }

    public static async Task<BlobHash> PutAsync(IBlobStore blobs, byte[] content) =>
        (await blobs.PutAsync(new MemoryStream(content), TestContext.Current.CancellationToken)).Hash;

    private static double[] Values(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
    }
}
