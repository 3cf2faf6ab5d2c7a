using System.Text;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>
/// Goal: every journal keeps what the port promises. Method: the same facts on each, with damage done behind its back
/// by SQL that both databases understand.
/// </summary>
public abstract class JournalSuite : IAsyncLifetime
{
    protected static readonly StreamName Runs = new("runs/night-shift");
    protected static readonly StreamName Audit = new("audit");

    private readonly List<IJournal> opened = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public abstract ValueTask InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var journal in opened) await journal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Entries_come_back_in_order_with_their_numbers_after_a_restart()
    {
        var journal = await OpenedAsync();
        Assert.Equal(new AppendResult.Appended(1, 2), await journal.AppendAsync(Runs, 0, Entries("a", ""), Token));
        Assert.Equal(new AppendResult.Appended(3, 3), await journal.AppendAsync(Runs, 2, Entries("c"), Token));
        Assert.Equal(new AppendResult.Appended(1, 1), await journal.AppendAsync(Audit, 0, Entries("x"), Token));
        await journal.DisposeAsync();

        journal = await OpenedAsync();
        Assert.Equal(["1:a", "2:", "3:c"], await TextsAsync(journal, Runs));
        Assert.Equal(["3:c"], await TextsAsync(journal, Runs, first: 3));
        Assert.Empty(await TextsAsync(journal, Runs, first: 4));
        Assert.Equal(["1:x"], await TextsAsync(journal, Audit));
    }

    [Fact]
    public async Task A_stream_that_nobody_began_is_empty()
    {
        var journal = await OpenedAsync();
        Assert.Empty(await TextsAsync(journal, Runs));
        Assert.Null(await journal.FindAsync(Runs, Token));
        Assert.Null(await journal.ReadSnapshotAsync(Runs, Token));
        Assert.Equal(SnapshotResult.Ahead, await journal.SaveSnapshotAsync(Runs, 1, Bytes("s"), Token));
        await journal.PruneAsync(Runs, 5, Token);
        await journal.DeleteAsync(Runs, Token);
        Assert.Empty(await journal.ListAsync("", Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task An_append_that_expects_another_end_stores_nothing_and_is_told_the_end(long expected)
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b"), Token);
        Assert.Equal(new AppendResult.Conflict(2), await journal.AppendAsync(Runs, expected, Entries("a", "c"), Token));
        Assert.Equal(new AppendResult.Conflict(0), await journal.AppendAsync(Audit, 1, Entries("a"), Token));
        Assert.Equal(["1:a", "2:b"], await TextsAsync(journal, Runs));
        Assert.Empty(await TextsAsync(journal, Audit));
    }

    [Fact]
    public async Task Of_many_writers_at_once_exactly_one_gets_each_number()
    {
        var journal = await OpenedAsync();
        const int Writers = 8;
        var won = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var numbers = new List<long>();
            for (long expected = 0; numbers.Count < 5;)
            {
                var result = await journal.AppendAsync(Runs, expected, Entries($"{writer}"), Token);
                if (result is AppendResult.Appended appended) numbers.Add(appended.Last);
                expected = result is AppendResult.Conflict conflict ? conflict.Last : numbers[^1];
            }

            return numbers.Select(number => $"{number}:{writer}");
        }, Token)));
        var all = won.SelectMany(texts => texts).OrderBy(text => int.Parse(text.Split(':')[0], null)).ToList();
        Assert.Equal(Writers * 5, all.Count);
        Assert.Equal(all, await TextsAsync(journal, Runs));
    }

    [Fact]
    public async Task The_newest_snapshot_is_read_and_an_older_one_does_not_replace_it()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b", "c"), Token);
        Assert.Equal(SnapshotResult.Saved, await journal.SaveSnapshotAsync(Runs, 2, Bytes("two"), Token));
        Assert.Equal(SnapshotResult.Older, await journal.SaveSnapshotAsync(Runs, 1, Bytes("one"), Token));
        Assert.Equal(SnapshotResult.Ahead, await journal.SaveSnapshotAsync(Runs, 4, Bytes("four"), Token));
        Assert.Equal((2L, "two"), await SnapshotAsync(journal));
        Assert.Equal(SnapshotResult.Saved, await journal.SaveSnapshotAsync(Runs, 2, Bytes("again"), Token));
        Assert.Equal(SnapshotResult.Saved, await journal.SaveSnapshotAsync(Runs, 3, Bytes("three"), Token));
        await journal.DisposeAsync();
        Assert.Equal((3L, "three"), await SnapshotAsync(await OpenedAsync()));
    }

    [Fact]
    public async Task Pruning_stops_at_the_snapshot_and_what_is_pruned_is_told_to_be_gone()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b", "c", "d"), Token);
        await journal.PruneAsync(Runs, 4, Token);
        Assert.Equal(new(Runs, 1, 4, null), await journal.FindAsync(Runs, Token));
        await journal.SaveSnapshotAsync(Runs, 3, Bytes("s"), Token);
        await journal.PruneAsync(Runs, 1, Token);
        Assert.Equal(new(Runs, 2, 4, 3), await journal.FindAsync(Runs, Token));
        await journal.PruneAsync(Runs, 4, Token);
        await journal.PruneAsync(Runs, 2, Token);
        Assert.Equal(new(Runs, 4, 4, 3), await journal.FindAsync(Runs, Token));
        Assert.Equal(["4:d"], await TextsAsync(journal, Runs, first: 4));
        var error = await FailsAsync(JournalError.Gone, () => TextsAsync(journal, Runs, first: 3));
        Assert.Contains("entry 3 of 'runs/night-shift'", error.Message, StringComparison.Ordinal);

        await journal.SaveSnapshotAsync(Runs, 4, Bytes("s"), Token);
        await journal.PruneAsync(Runs, 4, Token);
        Assert.Equal(new(Runs, 5, 4, 4), await journal.FindAsync(Runs, Token));
        Assert.Equal(new AppendResult.Appended(5, 5), await journal.AppendAsync(Runs, 4, Entries("e"), Token));
        Assert.Equal(["5:e"], await TextsAsync(journal, Runs, first: 5));
    }

    [Fact]
    public async Task Streams_are_listed_by_prefix_in_ordinal_order()
    {
        var journal = await OpenedAsync();
        foreach (var name in (string[])["runs/b", "runs/B", "runs_", "runs", "audit", "runs/a/x"])
            await journal.AppendAsync(new(name), 0, Entries("e"), Token);
        await journal.SaveSnapshotAsync(new("runs/b"), 1, Bytes("s"), Token);
        var listed = await journal.ListAsync("runs/", Token);
        Assert.Equal([new(new("runs/B"), 1, 1, null), new(new("runs/a/x"), 1, 1, null), new(new("runs/b"), 1, 1, 1)],
            listed);
        Assert.Equal(6, (await journal.ListAsync("", Token)).Count);
        Assert.Equal(["runs_"], (await journal.ListAsync("runs_", Token)).Select(summary => summary.Name.Value));
    }

    [Fact]
    public async Task A_deleted_stream_is_gone_and_its_name_can_be_used_again()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b"), Token);
        await journal.SaveSnapshotAsync(Runs, 2, Bytes("s"), Token);
        await journal.DeleteAsync(Runs, Token);
        Assert.Null(await journal.FindAsync(Runs, Token));
        Assert.Equal(new AppendResult.Conflict(0), await journal.AppendAsync(Runs, 2, Entries("c"), Token));
        Assert.Equal(new AppendResult.Appended(1, 1), await journal.AppendAsync(Runs, 0, Entries("new"), Token));
        Assert.Null(await journal.ReadSnapshotAsync(Runs, Token));
        Assert.Equal(["1:new"], await TextsAsync(journal, Runs));
    }

    [Fact]
    public async Task A_reader_gets_the_entries_that_were_there_when_it_began()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries([.. Enumerable.Range(1, 100).Select(i => $"{i}")]), Token);
        var read = new List<long>();
        await foreach (var entry in journal.ReadAsync(Runs, 1, Token))
        {
            if (entry.Number == 1) await journal.AppendAsync(Runs, 100, Entries("later"), Token);
            read.Add(entry.Number);
        }

        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), read);
    }

    [Fact]
    public async Task A_stream_replaced_while_it_is_read_is_told_to_be_gone()
    {
        var journal = await OpenedAsync();
        var entries = Entries([.. Enumerable.Range(1, 100).Select(i => $"{i}")]);
        await journal.AppendAsync(Runs, 0, entries, Token);
        await FailsAsync(JournalError.Gone, async () =>
        {
            await foreach (var entry in journal.ReadAsync(Runs, 1, Token))
            {
                if (entry.Number != 1) continue;
                await journal.DeleteAsync(Runs, Token);
                await journal.AppendAsync(Runs, 0, entries, Token);
            }
        });
    }

    [Fact]
    public async Task What_exceeds_a_limit_is_refused_with_the_limit_and_stores_nothing()
    {
        var journal = await OpenedAsync(new() { EntryBytesMax = 4, AppendBytesMax = 6, SnapshotBytesMax = 5 });
        await journal.AppendAsync(Runs, 0, Entries("1234", "56"), Token);
        var error = await FailsAsync(
            JournalError.TooLarge, () => journal.AppendAsync(Runs, 2, Entries("a", "12345"), Token));
        Assert.Contains("entry 1 of the append to 'runs/night-shift' has 5 bytes, at most 4", error.Message,
            StringComparison.Ordinal);
        await FailsAsync(JournalError.TooLarge, () => journal.AppendAsync(Runs, 2, Entries("1234", "123"), Token));
        await FailsAsync(JournalError.TooLarge, () => journal.SaveSnapshotAsync(Runs, 1, Bytes("123456"), Token));
        Assert.Equal(SnapshotResult.Saved, await journal.SaveSnapshotAsync(Runs, 1, Bytes("12345"), Token));
        Assert.Equal(new(Runs, 1, 2, 1), await journal.FindAsync(Runs, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => journal.AppendAsync(Runs, 2, [], Token));
    }

    [Fact]
    public async Task The_largest_entry_and_snapshot_come_back_unchanged()
    {
        var journal = await OpenedAsync();
        var limits = new JournalLimits();
        var random = new Random(7);
        var entry = new byte[limits.EntryBytesMax];
        var state = new byte[limits.SnapshotBytesMax / 4];
        random.NextBytes(entry);
        random.NextBytes(state);
        await journal.AppendAsync(Runs, 0, [entry], Token);
        await journal.SaveSnapshotAsync(Runs, 1, state, Token);
        await foreach (var read in journal.ReadAsync(Runs, 1, Token))
            Assert.True(read.Payload.Span.SequenceEqual(entry));
        Assert.True((await journal.ReadSnapshotAsync(Runs, Token))!.State.Span.SequenceEqual(state));
    }

    [Theory]
    [InlineData("update entries set seal = payload where number = 2", "entry 2")]
    [InlineData("update entries set payload = seal where number = 3", "entry 3")]
    [InlineData("delete from entries where number = 2", "entry 2")]
    [InlineData("delete from entries where number = 3", "end with entry 3")]
    [InlineData("delete from entries", "end with entry 3")]
    [InlineData("update streams set last = 2", "end with entry 2")]
    [InlineData("update streams set last = 4", "end with entry 4")]
    [InlineData("update streams set name = 'runs/nighT-shift'", "entry 1")]
    [InlineData("update streams set first = 2", "entry 1", JournalError.Gone)]
    [InlineData(
        "update entries set number = 9 where number = 1; update entries set number = 1 where number = 3; " +
        "update entries set number = 3 where number = 9", "entry 1")]
    public async Task What_is_damaged_is_told_and_never_left_out(
        string damage, string named, JournalError expected = JournalError.Damaged)
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b", "c"), Token);
        await RunSqlAsync(damage);
        var stream = (await journal.ListAsync("", Token)).Single().Name;
        var error = await FailsAsync(expected, () => TextsAsync(journal, stream));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_told()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Runs, 0, Entries("a", "b"), Token);
        await journal.SaveSnapshotAsync(Runs, 1, Bytes("s"), Token);
        await RunSqlAsync("update snapshots set number = 2");
        await FailsAsync(JournalError.Damaged, () => journal.ReadSnapshotAsync(Runs, Token));
    }

    [Fact]
    public async Task A_damaged_stream_fails_alone()
    {
        var journal = await OpenedAsync();
        await journal.AppendAsync(Audit, 0, Entries("a", "b"), Token);
        await RunSqlAsync("update streams set last = 1");
        var others = Enumerable.Range(0, 20).Select(i => new StreamName($"runs/{i}")).ToList();
        var damaged = FailsAsync(JournalError.Damaged, () => journal.AppendAsync(Audit, 1, Entries("c"), Token));
        var appends = others.Select(stream => journal.AppendAsync(stream, 0, Entries("a"), Token)).ToList();
        await damaged;
        Assert.All(await Task.WhenAll(appends), result => Assert.Equal(new AppendResult.Appended(1, 1), result));
        foreach (var stream in others) Assert.Equal(["1:a"], await TextsAsync(journal, stream));
    }

    [Fact]
    public async Task A_run_replayed_from_its_snapshot_and_the_events_after_it_is_in_the_same_state()
    {
        var journal = await OpenedAsync();
        var state = RunSamples.Draft();
        long last = 0;
        foreach (var happened in RunSamples.Events())
        {
            var appended = await journal.AppendAsync(Runs, last, [RunJson.Write(happened)], Token);
            last = Assert.IsType<AppendResult.Appended>(appended).Last;
            state = RunMachine.Apply(state, happened).State;
            if (last % 3 != 0) continue;
            await journal.SaveSnapshotAsync(Runs, last, RunJson.Write(state), Token);
            await journal.PruneAsync(Runs, last, Token);
        }

        await journal.DisposeAsync();
        journal = await OpenedAsync();
        var snapshot = (await journal.ReadSnapshotAsync(Runs, Token))!;
        var replayed = RunJson.ReadState(snapshot.State.Span);
        await foreach (var entry in journal.ReadAsync(Runs, snapshot.Number + 1, Token))
            replayed = RunMachine.Apply(replayed, RunJson.ReadEvent(entry.Payload.Span)).State;
        Assert.NotEqual(last, snapshot.Number);
        Assert.Equal(RunJson.Write(state), RunJson.Write(replayed));
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        var journal = await OpenedAsync();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => journal.AppendAsync(Runs, 0, Entries("a"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => journal.FindAsync(Runs, cancelled));
        Assert.Null(await journal.FindAsync(Runs, Token));
    }

    /// <summary>Opens the journal of this test, the same one each time.</summary>
    protected abstract Task<IJournal> OpenAsync(JournalLimits limits);

    /// <summary>Runs statements behind the journal's back.</summary>
    protected abstract Task RunSqlAsync(string sql);

    protected static ReadOnlyMemory<byte>[] Entries(params string[] texts) => [.. texts.Select(Bytes)];

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static async Task<List<string>> TextsAsync(IJournal journal, StreamName stream, long first = 1)
    {
        var texts = new List<string>();
        await foreach (var entry in journal.ReadAsync(stream, first, Token))
            texts.Add($"{entry.Number}:{Encoding.UTF8.GetString(entry.Payload.Span)}");
        return texts;
    }

    protected static async Task<JournalException> FailsAsync(JournalError expected, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<JournalException>(call);
        Assert.Equal(expected, error.Error);
        return error;
    }

    protected async Task<IJournal> OpenedAsync(JournalLimits? limits = null)
    {
        var journal = await OpenAsync(limits ?? new());
        opened.Add(journal);
        return journal;
    }

    private static async Task<(long Number, string Text)> SnapshotAsync(IJournal journal)
    {
        var snapshot = await journal.ReadSnapshotAsync(Runs, Token);
        return (snapshot!.Number, Encoding.UTF8.GetString(snapshot.State.Span));
    }
}
