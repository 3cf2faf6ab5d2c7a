using System.Globalization;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>The speeches are what their README says, and fit the decoder that they are for.</summary>
public sealed class SpeechesSampleTests
{
    private static readonly TextTable Table =
        TextTable.Read(RepositoryFiles.Path("samples", "speeches", "speeches.tsv.gz"));

    [Fact]
    public void The_table_has_its_rows_and_clients()
    {
        Assert.Equal((3264, 576), (Table.OfSplit("train").Count, Table.OfSplit("test").Count));
        Assert.Equal(["Democratic", "Republican"], Table.Labels.Names);
        Assert.Equal(Table.Rows.Count, Table.Rows.DistinctBy(row => row.Text).Count());
        var readme = File.ReadAllText(RepositoryFiles.Path("samples", "speeches", "README.md"));
        var clients = Table.Rows.GroupBy(row => row.Client).ToList();
        Assert.Equal(16, clients.Count);
        foreach (var client in clients)
        {
            Assert.Equal(204, client.Count(row => row.Split == "train"));
            Assert.Equal(36, client.Count(row => row.Split == "test"));
            var label = Assert.Single(client.Select(row => row.Label).Distinct());
            var line = Assert.Single(
                readme.Split('\n'), line => line.StartsWith($"| {client.Key} | {label} |", StringComparison.Ordinal));
            var sizes = string.Create(CultureInfo.InvariantCulture, $"| {Thousands("train")} | {Thousands("test")} |");
            Assert.EndsWith(sizes, line, StringComparison.Ordinal);

            int Thousands(string split) => client.Where(row => row.Split == split).Sum(row => row.Text.Length) / 1000;
        }
    }

    [Fact]
    public void Every_text_has_the_tokens_of_the_README_and_decodes_to_itself()
    {
        var tokenizer = Tokenizer.Read(SmallSentencePiece.FilePath);
        var lengths = new List<int>();
        foreach (var row in Table.Rows)
        {
            Assert.InRange(row.Text.Length, 200, 400);
            var ids = tokenizer.Encode(row.Text, int.MaxValue);
            Assert.Equal(row.Text, tokenizer.Decode(ids));
            lengths.Add(ids.Length);
        }
        lengths.Sort();
        Assert.Equal((109, 195, 372), (lengths[0], lengths[lengths.Count / 2], lengths[^1]));
    }
}
