using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Cli.Simulation;

/// <summary>The texts of a simulation: those to train on, not yet dealt out, and those to test on.</summary>
public sealed class SimulationData
{
    private readonly ITokenizer tokenizer;
    private readonly int tokensMax;

    private SimulationData(TextTable table, DataConfig config, ITokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        tokensMax = config.TokensMax;
        Labels = table.Labels;
        TrainRows = table.OfSplit(config.TrainSplit);
        Test = Encode(table.OfSplit(config.TestSplit));
    }

    /// <summary>The labels of all rows.</summary>
    public LabelSet Labels { get; }

    /// <summary>The training split.</summary>
    public IReadOnlyList<TextRow> TrainRows { get; }

    /// <summary>The test split.</summary>
    public ReadOnlyMemory<TokenizedExample> Test { get; }

    /// <summary>Accuracy on the test split of always answering its most frequent label.</summary>
    public double MajorityAccuracy =>
        (double)Test.ToArray().CountBy(e => e.Label).Max(count => count.Value) / Test.Length;

    /// <summary>
    /// Macro-F1 of the same: the F1 of that label, 2 a / (a + 1) at accuracy a, over the number of labels.
    /// </summary>
    public double MajorityMacroF1 => 2 * MajorityAccuracy / (MajorityAccuracy + 1) / Labels.Count;

    /// <summary>Reads the table.</summary>
    /// <exception cref="InputFileException">It cannot be used; the message says where.</exception>
    public static SimulationData Load(DataConfig config, ITokenizer tokenizer)
    {
        var columns = new TextColumns
        {
            Id = config.IdColumn,
            Text = config.TextColumn,
            Label = config.LabelColumn,
            Split = config.SplitColumn,
            Client = config.ClientColumn,
        };
        return new SimulationData(TextTable.Read(config.Path, columns), config, tokenizer);
    }

    /// <summary>Examples of rows, in the same order.</summary>
    public TokenizedExample[] Encode(IReadOnlyList<TextRow> rows) =>
        ExampleEncoder.Encode(rows, Labels, tokenizer, tokensMax);
}
