using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Benchmarks;

/// <summary>A model and the lengths of one batch of examples.</summary>
internal sealed record TrainingCase(string Name, EncoderConfig Config, IReadOnlyList<int> Lengths)
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

    /// <summary>The sample base at full length and on real texts, and the shape of BERT base.</summary>
    public static IReadOnlyList<TrainingCase> All { get; } =
    [
        new("sample base", Small, [.. Enumerable.Repeat(TokensMax, Batch)]),
        new("sample base, real texts", Small, RealLengths()),
        new("bert-base", BertBase, [.. Enumerable.Repeat(TokensMax, Batch / 4)]),
    ];

    /// <summary>Longest example, in tokens.</summary>
    public int Length => Lengths.Max();

    /// <summary>
    /// Operations that a step over the batch cannot do without: the frozen products and attention, forward and back.
    /// The last layer asks for one row; the lowest needs no gradient of its input.
    /// </summary>
    public double StepOperations => Lengths.Sum(OperationsOf);

    private double OperationsOf(int tokens)
    {
        var (d, f) = ((double)Config.HiddenSize, (double)Config.FeedForwardSize);
        var total = 0.0;
        for (var layer = 0; layer < Config.LayerCount; layer++)
        {
            var queries = layer == Config.LayerCount - 1 ? 1 : tokens;
            var projections = 2 * d * d * (queries + (2.0 * tokens));
            var rest = 2 * queries * ((d * d) + (2 * d * f));
            var attention = 4.0 * queries * tokens * d;
            total += projections + rest + attention;
            total += rest + (2 * attention) + (layer > 0 ? projections : 0);
        }

        return total;
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
