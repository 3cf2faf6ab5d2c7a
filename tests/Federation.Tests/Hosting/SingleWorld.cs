using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Federation.Work;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>The single process on a real journal and real blobs, in a folder of its own.</summary>
internal sealed class SingleWorld : FederationWorld
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-host-").FullName;
    private readonly IRandomSource random = new SystemBytes();
    private readonly CertificateAuthority authority;
    private readonly TrappedBlobs blobs;
    private readonly int snapshotEntries;
    private readonly bool isReal;
    private readonly RetentionOptions retention;
    private SqliteJournal sqlite = null!;
    private SingleFederation? federation;
    private HeldWork work = null!;

    private SingleWorld(int snapshotEntries, bool isReal, RetentionOptions retention)
    {
        (this.snapshotEntries, this.isReal, this.retention) = (snapshotEntries, isReal, retention);
        authority = CertificateAuthority.Create(Noon, random);
        blobs = new(FileBlobStore.Open(BlobFolder, time: Clock));
    }

    public override IFederation Federation => federation!;

    public override IBlobStore Blobs => blobs;

    /// <summary>The blobs, and what is to happen when one goes.</summary>
    public TrappedBlobs Trapped => blobs;

    public override HeldWork Work => work;

    public override CertificateAuthority Authority => authority;

    /// <summary>The journal as the federation sees it.</summary>
    public FaultyJournal Journal { get; private set; } = null!;

    /// <summary>The journal behind it.</summary>
    public IJournal Disk => sqlite;

    /// <summary>Opens a world.</summary>
    /// <param name="snapshotEntries">See <see cref="SingleFederationOptions"/>.</param>
    /// <param name="isReal">Whether the server's work, and with it the updates, are real.</param>
    /// <param name="retention">See <see cref="SingleFederationOptions"/>.</param>
    public static async Task<SingleWorld> OpenAsync(
        int snapshotEntries = 1000, bool isReal = false, RetentionOptions? retention = null)
    {
        var world = new SingleWorld(snapshotEntries, isReal, retention ?? new());
        await world.StartAsync();
        return world;
    }

    /// <summary>What the federation tells its operator.</summary>
    public RecordedLog Log { get; } = new();

    /// <summary>The federation with what is not for everybody.</summary>
    public SingleFederation Single => federation!;

    /// <summary>Where the blobs are.</summary>
    public string BlobFolder => Path.Combine(folder, "blobs");

    public override Task<RunEvent.UpdateSubmitted> UpdateAsync(
        RunId run, AgentId agent, RoundId round, BlobHash start) =>
        isReal ? RealUpdateAsync(run, agent, round, start) : base.UpdateAsync(run, agent, round, start);

    public override Task RestartAsync(bool isCrash) => RestartAsync(isCrash, _ => Task.CompletedTask);

    /// <summary>As the other, with something done to the journal while nobody has it open.</summary>
    public async Task RestartAsync(bool isCrash, Func<IJournal, Task> meanwhile)
    {
        if (isCrash) Journal.Die();
        await StopAsync();
        await meanwhile(sqlite);
        await sqlite.DisposeAsync();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        await sqlite.DisposeAsync();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // A federation that does not start is none.
    private async Task StopAsync()
    {
        if (federation is not null) await federation.DisposeAsync();
        federation = null;
    }

    private async Task StartAsync()
    {
        sqlite = await SqliteJournal.OpenAsync(Path.Combine(folder, "journal"));
        Journal = new(sqlite);
        work = new(isReal ? new RoundWork(blobs) : new NamedWork(blobs));
        federation = await SingleFederation.OpenAsync(new()
        {
            Journal = Journal,
            Blobs = blobs,
            Work = work,
            Authority = authority,
            Random = random,
            Time = Clock,
            SnapshotEntries = snapshotEntries,
            Retention = retention,
            Logging = Log,
        });
    }

    private sealed class SystemBytes : IRandomSource
    {
        public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
    }
}
