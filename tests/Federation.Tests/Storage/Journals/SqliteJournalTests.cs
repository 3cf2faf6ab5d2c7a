using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>The journal on SQLite, and what only a file can suffer.</summary>
public sealed class SqliteJournalTests : JournalSuite
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    private string FilePath => Path.Combine(folder, "journal.db");

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Two_servers_cannot_open_one_folder()
    {
        var journal = await OpenedAsync();
        var error = await FailsAsync(JournalError.InUse, () => SqliteJournal.OpenAsync(folder, null, Token));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        await journal.DisposeAsync();
        await OpenedAsync();
    }

    [Fact]
    public async Task Every_commit_is_synced_to_the_disk()
    {
        // Checked on a connection set up as the journal's: the settings are those of a connection, not of the file.
        var settings = new List<string>();
        await using var journal = await SqliteJournal.OpenAsync(
            folder, new(), [.. SqliteSchema.Scripts, "create table seen as select * from pragma_synchronous"],
            cancellationToken: Token);
        await using var connection = await ConnectedAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select synchronous from seen union all select journal_mode from pragma_journal_mode";
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token)) settings.Add(await reader.GetFieldValueAsync<string>(0, Token));
        Assert.Equal(["2", "wal"], settings);
    }

    [Fact]
    public async Task A_newer_version_upgrades_and_an_older_one_then_refuses()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a"), Token);
        await journal.DisposeAsync();
        string[] scripts = [.. SqliteSchema.Scripts, "create table later (x integer) strict"];
        for (var i = 0; i < 2; i++)
        {
            await using var newer = await SqliteJournal.OpenAsync(folder, new(), scripts, cancellationToken: Token);
            Assert.Equal(["1:a"], await TextsAsync(newer, Runs));
        }

        var error = await FailsAsync(JournalError.NewerSchema, () => OpenedAsync());
        Assert.Contains("version 2, this program knows versions up to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upgrade_that_fails_leaves_the_file_as_it_was()
    {
        await (await OpenedAsync()).DisposeAsync();
        string[] scripts = [.. SqliteSchema.Scripts, "create table later (x integer) strict", "no statement"];
        await Assert.ThrowsAsync<JournalException>(
            () => SqliteJournal.OpenAsync(folder, new(), scripts, cancellationToken: Token));
        await OpenedAsync();
    }

    [Fact]
    public async Task A_damaged_page_is_told_at_the_opening_or_at_the_reading()
    {
        var journal = await OpenedAsync();
        var payload = new string('x', 3000);
        await journal.AppendAsync(Runs, 0, Entries([.. Enumerable.Repeat(payload, 20)]), Token);
        await journal.SaveSnapshotAsync(Runs, 20, Bytes(payload), Token);
        await journal.DisposeAsync();
        var whole = await File.ReadAllBytesAsync(FilePath, Token);
        const int PageBytes = 4096;
        var told = 0;
        for (var page = 0; page < whole.Length / PageBytes; page++)
        {
            var damaged = whole.ToArray();
            damaged.AsSpan(page * PageBytes, 512).Fill(0xA5);
            await File.WriteAllBytesAsync(FilePath, damaged, Token);
            try
            {
                await using var opened = await SqliteJournal.OpenAsync(folder, null, Token);
                Assert.Equal(20, (await TextsAsync(opened, Runs)).Count);
                Assert.Equal(20, (await opened.ReadSnapshotAsync(Runs, Token))!.Number);
            }
            catch (JournalException error)
            {
                Assert.Equal(JournalError.Damaged, error.Error);
                told++;
            }
        }

        // SQLite's own table of counters holds nothing that is read back.
        Assert.InRange(told, (whole.Length / PageBytes) - 1, whole.Length / PageBytes);
    }

    [Theory]
    [InlineData("this is no database, but long enough to be looked at as if it were one")]
    [InlineData("SQLite format 3\0")]
    public async Task A_file_that_is_no_database_is_refused(string content)
    {
        await File.WriteAllTextAsync(FilePath, content.PadRight(4096, '.'), Token);
        await FailsAsync(JournalError.Damaged, () => OpenedAsync());
        Assert.StartsWith(content, await File.ReadAllTextAsync(FilePath, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_keeps_what_was_acknowledged()
    {
        var acknowledged = 0;
        await using (var journal = await SqliteJournal.OpenAsync(
            folder, new(), SqliteSchema.Scripts, "pragma max_page_count = 40", Token))
        {
            await FailsAsync(JournalError.DiskFull, async () =>
            {
                for (; acknowledged < 1000; acknowledged++)
                    await journal.AppendAsync(Runs, acknowledged, Entries(new string('x', 4000)), Token);
            });
            Assert.InRange(acknowledged, 10, 40);
            Assert.Equal(acknowledged, (await TextsAsync(journal, Runs)).Count);
        }

        var later = await OpenedAsync();
        Assert.Equal(acknowledged, (await TextsAsync(later, Runs)).Count);
        Assert.IsType<AppendResult.Appended>(await later.AppendAsync(Runs, acknowledged, Entries("more"), Token));
    }

    [Fact]
    public Task What_was_acknowledged_survives_a_kill_of_the_process() => AppendingChild.SqliteSurvivesAsync(folder);

    protected override async Task<IJournal> OpenAsync(JournalLimits limits) =>
        await SqliteJournal.OpenAsync(folder, limits, Token);

    protected override async Task RunSqlAsync(string sql)
    {
        await using var connection = await ConnectedAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<SqliteConnection> ConnectedAsync()
    {
        var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }
}
