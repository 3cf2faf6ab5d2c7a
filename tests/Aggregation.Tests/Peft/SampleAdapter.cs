using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Tests.Peft;

/// <summary>Adapters of the shape that a small encoder with a classification head has.</summary>
internal static class SampleAdapter
{
    /// <summary>Query and value of some layers with a two-layer head; every value is exact in F32.</summary>
    public static Adapter Create(int seed, int layers = 2, Func<int, int>? rank = null, Func<int, double>? alpha = null)
    {
        var random = new Random(seed);
        var factors = new List<LoraFactors>();
        for (var i = 0; i < 2 * layers; i++)
        {
            var module = $"roberta.encoder.layer.{i / 2}.attention.self.{(i % 2 == 0 ? "query" : "value")}";
            var shape = new LoraShape(module, 12, i % 2 == 0 ? 12 : 6, rank?.Invoke(i) ?? 4, alpha?.Invoke(i) ?? 8);
            factors.Add(new LoraFactors(shape, Values(random, shape.A.Count), Values(random, shape.B.Count)));
        }

        TensorSpec[] head =
        [
            new("classifier.dense.weight", 12, 12), new("classifier.dense.bias", 12, 1),
            new("classifier.out_proj.weight", 3, 12), new("classifier.out_proj.bias", 3, 1),
        ];
        return new Adapter(factors, head.Select(spec => new NamedTensor(spec, Values(random, spec.Count))));
    }

    private static double[] Values(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (double)(random.NextSingle() - 0.5f))];
}
