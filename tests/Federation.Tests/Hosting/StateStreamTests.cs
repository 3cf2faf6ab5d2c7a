using System.Text;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>Goal: a state is saved when it is due. Method: a text that events add to, on a real journal.</summary>
public sealed class StateStreamTests : IAsyncLifetime
{
    private static readonly StreamName Name = new("texts/one");

    private static readonly StateForm<string, string> Form = new(
        Encoding.ASCII.GetBytes, Encoding.ASCII.GetString, Encoding.ASCII.GetString, (state, added) => state + added);

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-stream-").FullName;
    private FaultyJournal journal = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => journal = new(await SqliteJournal.OpenAsync(folder));

    [Fact]
    public async Task A_state_that_cannot_be_saved_is_tried_again_after_as_many_entries()
    {
        var tries = new List<long>();
        var stream = NewStream(snapshotEntries: 3);
        journal.FailsToSave = _ =>
        {
            tries.Add(stream.Last);
            return true;
        };
        await AddAsync(stream, 10);
        Assert.Equal([3, 6, 9], tries);

        journal.FailsToSave = _ => false;
        await AddAsync(stream, 2);
        var saved = await journal.ReadSnapshotAsync(Name, Token);
        Assert.Equal((12, stream.State), (saved!.Number, Encoding.ASCII.GetString(saved.State.Span)));
        var loaded = NewStream(snapshotEntries: 3);
        await loaded.LoadAsync(Token);
        Assert.Equal(stream.State, loaded.State);
    }

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task AddAsync(StateStream<string, string> stream, int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            if (stream.State is null) await stream.CreateAsync("a");
            else await stream.CommitAsync([new byte[] { (byte)'b' }], stream.State + 'b');
            await stream.SaveDueSnapshotAsync();
        }
    }

    private StateStream<string, string> NewStream(int snapshotEntries) =>
        new(journal, Name, Form, snapshotEntries, NullLogger.Instance);
}
