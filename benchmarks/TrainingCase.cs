using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Benchmarks;

/// <summary>A model and the lengths of one batch of examples.</summary>
internal sealed record TrainingCase(string Name, ModelConfig Config, IReadOnlyList<int> Lengths)
{
    private const int Batch = 64;
    private const int TokensMax = 128;

    private static readonly EncoderConfig Small =
        EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));

    private static readonly EncoderConfig BertBase = Small with
    {
        HiddenSize = 768,
        LayerCount = 12,
        HeadCount = 12,
        FeedForwardSize = 3072,
        PositionRows = 514,
    };

    private static readonly DecoderConfig Stories =
        DecoderConfig.Read(RepositoryFiles.Path("samples", "stories260k", "config.json"));

    private static readonly DecoderConfig Llama = Stories with
    {
        HiddenSize = 512,
        LayerCount = 8,
        HeadCount = 8,
        KeyValueHeadCount = 4,
        HeadSize = 64,
        FeedForwardSize = 1376,
        VocabularySize = 4096,
    };

    /// <summary>The sample base at full length and on real texts, the shape of BERT base, and two decoders.</summary>
    public static IReadOnlyList<TrainingCase> All { get; } =
    [
        new("sample base", Small, [.. Enumerable.Repeat(TokensMax, Batch)]),
        new("sample base, real texts", Small, RealLengths()),
        new("bert-base", BertBase, [.. Enumerable.Repeat(TokensMax, Batch / 4)]) { Rounds = 5 },
        new("stories260k", Stories, [.. Enumerable.Repeat(TokensMax, Batch)]),
        new("llama 8 x 512", Llama, [.. Enumerable.Repeat(TokensMax, Batch / 4)]) { Rounds = 5 },
    ];

    /// <summary>Rounds of alternation; fewer where a step takes seconds.</summary>
    public int Rounds { get; private init; } = Rates.Rounds;

    /// <summary>Longest example, in tokens.</summary>
    public int Length => Lengths.Max();

    /// <summary>
    /// Operations that a step over the batch cannot do without: the frozen products and attention, forward and back.
    /// The lowest layer needs no gradient of its input.
    /// </summary>
    public double StepOperations =>
        Lengths.Sum(t => Config is DecoderConfig decoder ? OfDecoder(decoder, t) : OfEncoder(Config, t));

    /// <summary>
    /// In the last layer one row asks; there the products of keys and values are with one row for each head.
    /// </summary>
    private static double OfEncoder(ModelConfig config, int tokens)
    {
        var (d, f) = ((double)config.HiddenSize, (double)config.FeedForwardSize);
        var total = 0.0;
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var isLast = layer == config.LayerCount - 1;
            var queries = isLast ? 1 : tokens;
            var projections = 2 * d * d * (queries + (2.0 * (isLast ? config.HeadCount : tokens)));
            var rest = 2 * queries * ((d * d) + (2 * d * f));
            var attention = 4.0 * (isLast ? config.HeadCount : tokens) * tokens * d;
            total += projections + rest + attention;
            total += rest + (2 * attention) + (layer > 0 ? projections : 0);
        }

        return total;
    }

    /// <summary>The last token is no input; of the scores a half lies in the past.</summary>
    private static double OfDecoder(DecoderConfig config, int tokens)
    {
        var (d, f, t) = ((double)config.HiddenSize, (double)config.FeedForwardSize, tokens - 1.0);
        var projections = 2 * t * d * (config.QueryWidth + (2.0 * config.KeyValueWidth));
        var rest = 2 * t * d * (config.QueryWidth + (3 * f));
        var attention = 2 * t * t * config.QueryWidth;
        return (config.LayerCount * ((2 * projections) + (2 * rest) + (3 * attention))) - projections
            + (4 * t * d * config.VocabularySize);
    }

    private static int[] RealLengths()
    {
        var table = TextTable.Read(RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz"));
        var tokenizer = ByteLevelBpe.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));
        var rows = table.OfSplit("train");
        var sample = Enumerable.Range(0, Batch).Select(i => rows[i * rows.Count / Batch].Text);
        return [.. sample.Select(text => tokenizer.Encode(text, TokensMax).Length)];
    }
}
