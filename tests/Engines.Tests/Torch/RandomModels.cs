using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Training;
using FedLowRank.Training.Models;

namespace FedLowRank.Engines.Tests.Torch;

/// <summary>Small models, adapters, trainables and examples, drawn with a seed.</summary>
internal static class RandomModels
{
    public static EncoderConfig Encoder(Random random)
    {
        var family = random.Next(2) == 0 ? EncoderFamily.Roberta : EncoderFamily.Bert;
        var heads = 1 + random.Next(3);
        var padding = random.Next(3);
        return new EncoderConfig
        {
            Family = family,
            VocabularySize = 7,
            Activation = (EncoderActivation)random.Next(3),
            HeadCount = heads,
            HiddenSize = heads * (1 + random.Next(12)),
            LayerCount = 1 + random.Next(3),
            FeedForwardSize = 1 + random.Next(40),
            LayerNormEpsilon = 1e-2f,
            PositionRows = 12,
            PositionOffset = family == EncoderFamily.Bert ? 0 : padding + 1,
            TokenTypeCount = 1 + random.Next(2),
            PaddingId = padding,
        };
    }

    /// <summary>Pairs on some layers, some with a matrix between the factors or a change of the weights.</summary>
    public static Adapter Adapter(ModelConfig config, IReadOnlyList<TensorSpec> head, Random random)
    {
        var share = random.NextDouble();
        return new Adapter(
            config.Modules.Where(_ => random.NextDouble() < share).Select(m =>
            {
                var rank = 1 + random.Next(Math.Min(m.InputWidth, m.OutputWidth));
                var shape = new LoraShape(m.Name, m.InputWidth, m.OutputWidth, rank, 1 + random.Next(4));
                var inner = random.Next(3) == 0 ? Values(shape.Inner.Count, random) : null;
                var change = random.Next(3) == 0
                    ? new BaseChange(
                        new Matrix(m.OutputWidth, 1, Values(m.OutputWidth, random)),
                        new Matrix(1, m.InputWidth, Values(m.InputWidth, random)))
                    : null;
                return new LoraFactors(
                    shape, Values(shape.A.Count, random), Values(shape.B.Count, random), inner, change);
            }),
            head.Select(s => new NamedTensor(s, Values(s.Count, random))));
    }

    /// <summary>None, one, some, or all of what can be trained, in any order.</summary>
    public static TensorLayout Trainables(Adapter adapter, Random random)
    {
        var specs = adapter.Layers.SelectMany(l => new[] { l.Shape.A, l.Shape.B, l.Shape.Inner })
            .Concat(adapter.Head.Select(h => h.Spec)).ToArray();
        random.Shuffle(specs);
        return new TensorLayout(specs.Take(random.Next(4) switch
        {
            0 => random.Next(2),
            1 => specs.Length,
            _ => random.Next(specs.Length + 1),
        }));
    }

    public static float[] Parameters(TensorLayout layout, Random random) =>
        [.. Values(layout.Count, random).Select(v => (float)v)];

    /// <summary>One token (two for next tokens), the longest text that fits, or any length between.</summary>
    public static TokenizedExample[] Examples(ModelConfig config, int? labels, int count, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            var least = labels == null ? 2 : 1;
            var length = random.Next(4) switch
            {
                0 => least,
                1 => config.TokensMax,
                _ => random.Next(least, config.TokensMax + 1),
            };
            int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))];
            return labels is { } n ? new TokenizedExample(tokens, random.Next(n)) : new TokenizedExample(tokens);
        })];

    private static double[] Values(int count, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => (double)(random.NextSingle() - 0.5f))];
}
