using System.Text;
using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tests.Data;

public sealed class ClientSplitsTests
{
    private static readonly TextRow[] Rows =
    [
        .. Enumerable.Range(0, 1200)
            .Select(i => new TextRow($"id{i}", $"{i}", $"label{i % 5}", "train", i % 3 == 0 ? "rest" : $"c{i % 7}")),
    ];

    public static TheoryData<string> Ways =>
        ["client", "organisation", "divided", "iid", "dirichlet 0.01", "dirichlet 0.5"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_row_lands_in_exactly_one_client_and_the_same_arguments_give_the_same_clients(string way)
    {
        var shards = Split(way);
        Assert.Equal(Ids(Rows).Order(), shards.SelectMany(shard => Ids(shard.Rows)).Order());
        Assert.Equal(shards.Count, shards.Select(shard => shard.Name).Distinct().Count());
        Assert.Equal(
            shards.Select(shard => (shard.Name, string.Join(' ', Ids(shard.Rows)))),
            Split(way).Select(shard => (shard.Name, string.Join(' ', Ids(shard.Rows)))));
    }

    [Fact]
    public void A_rows_part_depends_on_its_id_alone()
    {
        var whole = ClientSplits.DivideClient(Rows, "rest", 4).ToDictionary(row => row.Id, row => row.Client);
        var some = ClientSplits.DivideClient([.. Rows.Where((_, i) => i % 2 == 0).Reverse()], "rest", 4);
        Assert.All(some, row => Assert.Equal(whole[row.Id], row.Client));
        for (var part = 1; part <= 4; part++)
            Assert.InRange(whole.Values.Count(client => client == $"rest-{part}"), 70, 130);
        // The SHA-256 of "id0" starts with a5c77cca2bcc94ab, which leaves 3 when divided by 4.
        Assert.Equal("rest-4", whole["id0"]);
    }

    [Fact]
    public void Dividing_refuses_a_client_that_is_not_there_and_a_name_that_is_taken()
    {
        Assert.Throws<ArgumentException>("client", () => ClientSplits.DivideClient(Rows, "nobody", 2));
        TextRow[] taken = [.. Rows, new TextRow("x", "", "label0", "train", "rest-2")];
        Assert.Throws<ArgumentException>("client", () => ClientSplits.DivideClient(taken, "rest", 2));
        Assert.Throws<ArgumentOutOfRangeException>("parts", () => ClientSplits.DivideClient(Rows, "rest", 0));
    }

    [Fact]
    public void A_client_in_no_organisation_is_an_error_unless_there_is_one_for_such_clients()
    {
        var map = Map("""{ "big": ["rest", "c1"], "small": ["c2", "c3", "c4", "c5"] }""");
        var error = Assert.Throws<InputFileException>(() => ClientSplits.ByOrganisation(Rows, map));
        Assert.Contains("client \"c", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["big", "others", "small"], ClientSplits.ByOrganisation(Rows, map, "others").Select(shard => shard.Name));
    }

    [Theory]
    [InlineData("""{ "a": ["x"], "b": ["y", "x"] }""", "map.json: [\"b\"][1]: \"x\" is also in \"a\"")]
    [InlineData("""{ "a": "x" }""", "map.json: [\"a\"]: \"x\" must be an array")]
    [InlineData("""{ "a": [1] }""", "map.json: [\"a\"][0]: 1 must be a string")]
    public void A_wrong_map_of_organisations_is_refused(string json, string message)
    {
        Assert.Equal(message, Assert.Throws<InputFileException>(() => Map(json)).Message);
    }

    [Fact]
    public void IID_shares_differ_by_at_most_one_row_and_a_seed_changes_them()
    {
        var shards = ClientSplits.Iid(Rows, 7, seed: 1);
        Assert.Equal(["agent-1", "agent-2"], shards.Take(2).Select(shard => shard.Name));
        Assert.All(shards, shard => Assert.InRange(shard.Rows.Count, 171, 172));
        Assert.NotEqual(Ids(shards[0].Rows), Ids(ClientSplits.Iid(Rows, 7, seed: 2)[0].Rows));
        Assert.Throws<ArgumentException>("clients", () => ClientSplits.Iid(Rows[..3], 4, seed: 1));
    }

    [Fact]
    public void A_small_alpha_skews_the_labels_and_a_large_one_does_not()
    {
        Assert.InRange(LargestLabelShare(alpha: 0.05), 0.6, 1);
        Assert.InRange(LargestLabelShare(alpha: 1e6), 0.19, 0.25);

        static double LargestLabelShare(double alpha) =>
            ClientSplits.Dirichlet(Rows, 6, alpha, rowsMin: 1, seed: 3).Average(LargestShareOf);

        static double LargestShareOf(ClientShard shard) =>
            shard.Rows.CountBy(row => row.Label).Max(pair => pair.Value) / (double)shard.Rows.Count;
    }

    [Fact]
    public void Dirichlet_shares_hold_the_fewest_rows_or_are_refused()
    {
        Assert.All(
            ClientSplits.Dirichlet(Rows, 6, 0.5, rowsMin: 60, seed: 4), shard => Assert.True(shard.Rows.Count >= 60));
        Assert.Throws<ArgumentException>("rowsMin", () => ClientSplits.Dirichlet(Rows, 6, 0.5, rowsMin: 201, seed: 4));
        foreach (var alpha in new[] { double.NaN, 0, -1, double.PositiveInfinity })
            Assert.Throws<ArgumentOutOfRangeException>(
                "alpha", () => ClientSplits.Dirichlet(Rows, 6, alpha, rowsMin: 1, seed: 4));
    }

    [Fact]
    public void Dirichlet_shares_of_one_label_have_the_variance_of_the_distribution()
    {
        // One label: agent 1's share is Beta(a, (k - 1) a) with variance (k - 1) / (k^2 (k a + 1)).
        const int draws = 2000;
        const int clients = 4;
        const double alpha = 0.3;
        TextRow[] rows = [.. Enumerable.Range(0, 1000).Select(i => new TextRow($"{i}", "", "x", "", ""))];
        double[] shares = [.. Enumerable.Range(0, draws)
            .Select(seed => ClientSplits.Dirichlet(rows, clients, alpha, 1, seed)[0].Rows.Count / 1000.0)];
        var mean = shares.Average();
        var variance = shares.Average(share => (share - mean) * (share - mean));
        Assert.InRange(mean, 0.22, 0.28);
        Assert.InRange(variance, 0.065, 0.09);
    }

    private static IReadOnlyList<ClientShard> Split(string way) => way switch
    {
        "client" => ClientSplits.ByClient(Rows),
        "organisation" =>
            ClientSplits.ByOrganisation(Rows, Map("""{ "one": ["rest", "c1"], "two": ["c4"] }"""), "other"),
        "divided" => ClientSplits.ByClient(ClientSplits.DivideClient(Rows, "rest", 5)),
        "iid" => ClientSplits.Iid(Rows, 11, seed: -1),
        "dirichlet 0.01" => ClientSplits.Dirichlet(Rows, 2, 0.01, 1, seed: 8),
        _ => ClientSplits.Dirichlet(Rows, 9, 0.5, 1, seed: 8),
    };

    private static IEnumerable<string> Ids(IEnumerable<TextRow> rows) => rows.Select(row => row.Id);

    private static OrganisationMap Map(string json) => OrganisationMap.Parse(Encoding.UTF8.GetBytes(json), "map.json");
}
