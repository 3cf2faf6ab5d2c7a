using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;
using Npgsql;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>The journal on PostgreSQL, and what only a server can suffer.</summary>
[Collection(SharesPostgres.Name)]
public sealed class PostgresJournalTests(PrivatePostgres server) : JournalSuite
{
    private string database = "";

    public override async ValueTask InitializeAsync()
    {
        server.Require();
        database = await server.EmptyDatabaseAsync();
        await PostgresJournal.UpgradeAsync(database, Token);
    }

    [Fact]
    public async Task Upgrades_at_the_same_time_wait_for_each_other()
    {
        await server.EmptyDatabaseAsync();
        await FailsAsync(JournalError.OlderSchema, () => OpenedAsync());
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PostgresJournal.UpgradeAsync(database, Token)));
        var journal = await OpenedAsync();
        Assert.Empty(await journal.ListAsync("", Token));
    }

    [Fact]
    public async Task A_newer_version_upgrades_and_an_older_one_then_refuses()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a"), Token);
        string[] scripts = [.. PostgresSchema.Scripts, "create table fedlowrank.later (x integer)"];
        await PostgresJournal.UpgradeAsync(database, scripts, Token);
        Assert.Equal(["1:a"], await TextsAsync(journal, Runs));
        await FailsAsync(JournalError.NewerSchema, () => OpenedAsync());
        await FailsAsync(JournalError.NewerSchema, () => PostgresJournal.UpgradeAsync(database, Token));
    }

    [Fact]
    public async Task An_upgrade_that_fails_leaves_the_tables_as_they_were()
    {
        string[] scripts = [.. PostgresSchema.Scripts, "create table fedlowrank.later (x integer)", "no statement"];
        await FailsAsync(JournalError.Unavailable, () => PostgresJournal.UpgradeAsync(database, scripts, Token));
        await OpenedAsync();
    }

    [Fact]
    public async Task A_server_that_answers_before_it_writes_is_refused()
    {
        var error = await FailsAsync(JournalError.NotDurable, () => PostgresJournal.OpenAsync(
            $"{database};Options=-c synchronous_commit=off", null, null, Token));
        Assert.Contains("synchronous_commit", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task An_append_that_is_tried_again_knows_its_own_entries(long expected)
    {
        var journal = await OpenedAsync();
        if (expected > 0) await journal.AppendAsync(Runs, 0, Entries("a", "b"), Token);
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(Token);
        var append = new PostgresAppend(Runs, expected, Entries("c", "d"));
        var first = await append.RunAsync(connection, Token);
        Assert.Equal(new AppendResult.Appended(expected + 1, expected + 2), first);
        Assert.Equal(first, await append.RunAsync(connection, Token));
        await journal.AppendAsync(Runs, expected + 2, Entries("e"), Token);
        Assert.Equal(first, await append.RunAsync(connection, Token));

        // The same bytes of another writer are another writer's.
        var other = new PostgresAppend(Runs, expected, Entries("c", "d"));
        Assert.Equal(new AppendResult.Conflict(expected + 3), await other.RunAsync(connection, Token));
        Assert.Equal(expected + 3, (await journal.FindAsync(Runs, Token))!.Last);
    }

    [Fact]
    public Task What_was_acknowledged_survives_a_kill_of_the_process() =>
        AppendingChild.PostgresSurvivesAsync(database);

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_the_server_is_killed()
    {
        var journal = await OpenedAsync();
        using var enough = new CancellationTokenSource();
        var counts = new long[4];
        var writers = Enumerable.Range(0, counts.Length).Select(i => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                var (first, second) = ($"{i}-{counts[i] + 1}", $"{i}-{counts[i] + 2}");
                var result = await journal.AppendAsync(new($"w/{i}"), counts[i], Entries(first, second), Token);
                Assert.Equal(new AppendResult.Appended(counts[i] + 1, counts[i] + 2), result);
                counts[i] += 2;
            }
        }, Token)).ToList();
        for (var kill = 0; kill < 2; kill++)
        {
            await Task.Delay(300, Token);
            await server.KillAsync();
            await server.StartAsync();
        }

        await Task.Delay(300, Token);
        await enough.CancelAsync();
        await Task.WhenAll(writers);
        for (var i = 0; i < counts.Length; i++)
        {
            Assert.True(counts[i] > 0);
            Assert.Equal(
                Enumerable.Range(1, (int)counts[i]).Select(number => $"{number}:{i}-{number}"),
                await TextsAsync(journal, new($"w/{i}")));
        }
    }

    protected override async Task<IJournal> OpenAsync(JournalLimits limits) =>
        await PostgresJournal.OpenAsync(database, limits, null, Token);

    protected override Task RunSqlAsync(string sql) =>
        PrivatePostgres.ExecuteAsync(database, $"set search_path = fedlowrank; {sql}");
}
