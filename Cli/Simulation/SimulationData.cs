using System.Globalization;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Cli.Simulation;

/// <summary>The texts of a simulation: those to train on, not yet dealt out, and those to test on.</summary>
public sealed class SimulationData
{
    private readonly DataConfig config;
    private readonly ITokenizer tokenizer;
    private readonly TextTable table;

    private SimulationData(TextTable table, DataConfig config, ITokenizer tokenizer)
    {
        this.config = config;
        this.tokenizer = tokenizer;
        this.table = table;
        Labels = config.Labels ?? table.Labels;
        RefuseStrangeLabels();
        TrainRows = table.OfSplit(config.TrainSplit);
        Test = Encode(table.OfSplit(config.TestSplit));
    }

    /// <summary>The declared labels, or those of all rows. Next-token training does not use them.</summary>
    public LabelSet Labels { get; }

    /// <summary>The training split.</summary>
    public IReadOnlyList<TextRow> TrainRows { get; }

    /// <summary>The test split.</summary>
    public ReadOnlyMemory<TokenizedExample> Test { get; }

    /// <summary>Accuracy on the test split of always answering its most frequent label.</summary>
    /// <exception cref="InvalidOperationException">The task is the next token.</exception>
    public double MajorityAccuracy =>
        (double)Test.ToArray().CountBy(e => e.Label).Max(count => count.Value) / Test.Length;

    /// <summary>
    /// Macro-F1 of the same: the F1 of that label, 2 a / (a + 1) at accuracy a, over the number of labels.
    /// </summary>
    /// <exception cref="InvalidOperationException">The task is the next token.</exception>
    public double MajorityMacroF1 => 2 * MajorityAccuracy / (MajorityAccuracy + 1) / Labels.Count;

    /// <summary>
    /// Perplexity on the test split of always predicting its own token frequencies, the best that a prediction can do
    /// that does not look at the tokens before: exp of the entropy of the target tokens.
    /// </summary>
    public double UnigramPerplexity
    {
        get
        {
            var counts = Test.ToArray().SelectMany(e => e.Tokens[1..].ToArray()).CountBy(token => token).ToList();
            double total = counts.Sum(count => (long)count.Value);
            return Math.Exp(-counts.Sum(count => count.Value / total * Math.Log(count.Value / total)));
        }
    }

    /// <summary>
    /// What answers alike to every text: the most frequent label, whose loss has no bound, or the token frequencies.
    /// </summary>
    public TestQuality Baseline => config.Task switch
    {
        TaskKind.NextToken => new() { Perplexity = UnigramPerplexity, Loss = Math.Log(UnigramPerplexity) },
        _ => new() { Accuracy = MajorityAccuracy, MacroF1 = MajorityMacroF1, Loss = double.PositiveInfinity },
    };

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

    /// <summary>Examples of rows, in the same order, for the task.</summary>
    /// <exception cref="InputFileException">A text is too short for it.</exception>
    public TokenizedExample[] Encode(IReadOnlyList<TextRow> rows)
    {
        try
        {
            return config.Task == TaskKind.NextToken
                ? ExampleEncoder.EncodeTokens(rows, tokenizer, config.TokensMax)
                : ExampleEncoder.Encode(rows, Labels, tokenizer, config.TokensMax);
        }
        catch (ArgumentException e)
        {
            throw new InputFileException(config.Path, "", ConfigException.TextOf(e), e);
        }
    }

    /// <summary>
    /// Refuses a table in which an id comes twice in what is trained and tested on: epsilon is for one row, and a text
    /// that stands in several is not protected by it.
    /// </summary>
    /// <exception cref="InputFileException">An id comes twice; the message names the rows, from 1.</exception>
    public void RequireDistinctIds()
    {
        const int ShownMax = 5;
        var repeated = UsedRows().GroupBy(used => used.Row.Id, StringComparer.Ordinal)
            .Where(rows => rows.Skip(1).Any()).Take(ShownMax + 1).ToList();
        if (repeated.Count == 0)
        {
            return;
        }

        var shown = repeated.Take(ShownMax).Select(rows =>
            $"\"{rows.Key}\" in rows {string.Join(", ", rows.Take(ShownMax).Select(used => Text(used.Number)))}"
            + (rows.Skip(ShownMax).Any() ? " and others" : ""));
        throw new InputFileException(
            config.Path,
            $"column \"{config.IdColumn}\"",
            $"has {string.Join("; ", shown)}{(repeated.Count > ShownMax ? "; and others" : "")}; "
            + "in a private run each text must come once, as epsilon is for one row");
    }

    private void RefuseStrangeLabels()
    {
        if (config.Labels is not { } declared)
        {
            return;
        }

        foreach (var (number, row) in UsedRows().Where(used => !declared.Contains(used.Row.Label)))
        {
            throw new InputFileException(
                config.Path,
                $"row {Text(number)}, column \"{config.LabelColumn}\"",
                $"is \"{row.Label}\", which data.labels does not name; expected one of "
                + string.Join(", ", declared.Names.Take(20)));
        }
    }

    /// <summary>The rows of both splits with their numbers below the header, from 1.</summary>
    private IEnumerable<(int Number, TextRow Row)> UsedRows() => table.Rows.Index()
        .Where(indexed => indexed.Item.Split == config.TrainSplit || indexed.Item.Split == config.TestSplit)
        .Select(indexed => (indexed.Index + 1, indexed.Item));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
