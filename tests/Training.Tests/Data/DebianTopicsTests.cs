using System.Diagnostics;
using System.Globalization;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Data;

/// <summary>The sample data is what its README says, and is read and encoded quickly.</summary>
public sealed class DebianTopicsTests
{
    private static readonly TextTable Table =
        TextTable.Read(RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz"));

    [Fact]
    public void The_table_has_its_rows_labels_and_clients()
    {
        Assert.Equal((7710, 1362), (Table.OfSplit("train").Count, Table.OfSplit("test").Count));
        Assert.Equal(18, Table.Labels.Count);
        Assert.Equal("admin", Table.Labels.Names[0]);
        Assert.Equal(51, ClientSplits.ByClient(Table.Rows).Count);
    }

    [Fact]
    public void The_organisations_have_the_sizes_of_the_README()
    {
        var map = OrganisationMap.Read(RepositoryFiles.Path("samples", "debian-topics", "organisations.json"));
        var readme = File.ReadAllText(RepositoryFiles.Path("samples", "debian-topics", "README.md"));
        var train = Organisations("train");
        var test = Organisations("test");
        Assert.Equal(11, train.Count);
        foreach (var (name, rows) in train)
        {
            Assert.InRange(rows.Count, 500, 900);
            var labels = rows.Select(row => row.Label).Distinct().Count();
            var line = string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {rows.Count} | {test[name].Count} | {labels} |");
            Assert.Contains(line, readme, StringComparison.Ordinal);
        }

        Dictionary<string, IReadOnlyList<TextRow>> Organisations(string split) =>
            ClientSplits.ByOrganisation(ClientSplits.DivideClient(Table.OfSplit(split), "rest", 5), map)
                .ToDictionary(shard => shard.Name, shard => shard.Rows);
    }

    [Fact]
    public void All_texts_are_encoded_in_seconds_at_most()
    {
        var tokenizer = ByteLevelBpe.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));
        var clock = Stopwatch.StartNew();
        var examples = ExampleEncoder.Encode(Table.Rows, Table.Labels, tokenizer, 48);
        // Half a second of one core; the bound is for a build without optimisation on a busy machine.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        Assert.Equal(9072, examples.Length);
        Assert.All(examples, example => Assert.InRange(example.Tokens.Length, 5, 48));
        Assert.Equal(Table.Labels.IndexOf("games"), examples[0].Label);
        Assert.Throws<ArgumentException>(() => Table.Labels.IndexOf("none"));
    }
}
