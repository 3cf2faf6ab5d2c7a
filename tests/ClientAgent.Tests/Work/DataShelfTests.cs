using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Tests;
using FedLowRank.Training.Data;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: an agent trains on its organisation's rows and no others. Method: the sample's data, cut as its private
/// configuration cuts them.
/// </summary>
public class DataShelfTests
{
    private static readonly string Table = RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz");

    private static readonly DataPolicy Everything = new()
    {
        Path = Table,
        TextColumn = null,
        LabelColumn = null,
        IdColumn = "id",
        SplitColumn = "split",
        Split = "train",
        ClientColumn = "client",
        SplitClient = new("rest", 5),
        Clients = null,
    };

    [Fact]
    public void Each_organisation_has_the_rows_that_the_simulation_gives_it()
    {
        var whole = TextTable.Read(Table);
        var map = OrganisationMap.Read(RepositoryFiles.Path("samples", "debian-topics", "organisations.json"));
        var shards = ClientSplits.ByOrganisation(
            ClientSplits.DivideClient(whole.OfSplit("train"), "rest", 5), map);
        var task = TaskOf(whole.Labels.Names);
        Assert.Equal(11, shards.Count);
        foreach (var shard in shards)
        {
            var clients = shard.Rows.Select(row => row.Client).Distinct(StringComparer.Ordinal).ToValueList();
            var rows = DataShelf.Rows(Everything with { Clients = clients }, task, isPrivate: true);
            Assert.Equal(shard.Rows, rows);
        }
    }

    [Fact]
    public void A_client_that_the_table_lacks_is_named()
    {
        var task = TaskOf(TextTable.Read(Table).Labels.Names);
        var error = Assert.Throws<InputFileException>(
            () => DataShelf.Rows(Everything with { Clients = ["rest-6"] }, task, isPrivate: true));
        Assert.Contains("rest-6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_do_not_map_are_named()
    {
        var task = TaskOf(TextTable.Read(Table).Labels.Names.Skip(1));
        var error = Assert.Throws<InputFileException>(() => DataShelf.Rows(Everything, task, isPrivate: true));
        Assert.Contains("labels that the run does not", error.Message, StringComparison.Ordinal);
    }

    private static TaskPlan TaskOf(IEnumerable<string> labels) =>
        new(TaskKind.Classification, "text", "label", labels.ToValueList(), TokensMax: 48);
}
