using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Faults.Tests.Agents;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Processes;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>An agent: its folder, and its process if there is one.</summary>
/// <param name="name">The agent's.</param>
/// <param name="path">Its folder.</param>
internal sealed class Site(string name, string path) : IAsyncDisposable
{
    private Running? process;

    public AgentId Agent { get; } = new(name);

    public AgentFolder Folder { get; } = new(path);

    /// <summary>Its process; the last one where none runs.</summary>
    public Running Process => process ?? throw new InvalidOperationException($"{name} was never started");

    /// <summary>All that its ledger holds.</summary>
    public IReadOnlyList<LedgerRecord> Ledger => ClientAgent.Ledgers.Ledger.Read(Folder.Ledger);

    /// <summary>Hash of the update that waits to be sent in an attempt.</summary>
    public BlobHash OutboxHash(RoundId round) =>
        new Outbox(Folder.Outbox, new DurableFile()).Find(new(SiteWorld.Run, round))?.Hash
        ?? throw new InvalidOperationException($"{name} has no update of {round} in its outbox");

    /// <summary>Waits until the agent has an update to send in an attempt.</summary>
    public async Task UntilInOutboxAsync(RoundId round)
    {
        using var patience = new CancellationTokenSource(Running.Patience);
        var outbox = new Outbox(Folder.Outbox, new DurableFile());
        while (outbox.Find(new(SiteWorld.Run, round)) is null)
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
    }

    private string Order => Folder.Root + ".fault";

    /// <summary>Starts the agent and waits until it hears orders.</summary>
    /// <param name="variables">Of its environment.</param>
    public async Task StartAsync(params IEnumerable<(string Key, string Value)> variables)
    {
        Launch(variables);
        await Process.LineAsync("connected as");
    }

    /// <summary>Starts the agent.</summary>
    public void Launch(params IEnumerable<(string Key, string Value)> variables)
    {
        var all = variables.ToDictionary(each => each.Key, each => each.Value);
        all[FaultPoint.Variable] = Order;
        process = new(name, [FaultyAgent.Verb, "run", "--folder", Folder.Root], all);
    }

    /// <summary>From now on it dies, or waits, at a place.</summary>
    public void Arm(string place, string what = FaultPoint.Die) => FaultPoint.Write(Order, place, what);

    /// <summary>What waits goes on; nobody dies any more.</summary>
    public void Disarm() => File.Delete(Order);

    /// <summary>Waits until it has died at the place it was armed for.</summary>
    public async Task DieAsync()
    {
        await Process.EndAsync();
        Disarm();
    }

    /// <summary>What the ledger says became of an attempt; null where it is not settled.</summary>
    public LedgerRecord? OutcomeOf(RoundId round) =>
        Ledger.FirstOrDefault(record => record.Settles == new RoundRef(SiteWorld.Run, round));

    /// <summary>The charges for a round, of all attempts.</summary>
    public IReadOnlyList<LedgerRecord.Reserved> ChargesOf(int number) =>
        [.. Ledger.OfType<LedgerRecord.Reserved>().Where(reserved => reserved.Number == number)];

    /// <summary>How the agent stands in a report.</summary>
    public Standing In(RoundReport report) => report.Agents.Single(agent => agent.Agent == Agent).Standing;

    /// <summary>Makes it dial somewhere else, for its next start.</summary>
    public void Dial(Uri server)
    {
        var note = ServerNote.Read(Folder)!;
        (note with { Server = server }).Write(Folder, new DurableFile());
    }

    public async ValueTask DisposeAsync()
    {
        Disarm();
        if (process is not null) await process.DisposeAsync();
    }
}
