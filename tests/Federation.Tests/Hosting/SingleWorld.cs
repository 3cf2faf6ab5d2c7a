using System.Security.Cryptography;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>The single process on a real journal and real blobs, in a folder of its own.</summary>
internal sealed class SingleWorld : FederationWorld
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-host-").FullName;
    private readonly IRandomSource random = new SystemBytes();
    private readonly CertificateAuthority authority;
    private readonly FileBlobStore blobs;
    private readonly int snapshotEntries;
    private SqliteJournal sqlite = null!;
    private SingleFederation federation = null!;
    private TestWork work = null!;

    private SingleWorld(int snapshotEntries)
    {
        this.snapshotEntries = snapshotEntries;
        authority = CertificateAuthority.Create(Noon, random);
        blobs = FileBlobStore.Open(Path.Combine(folder, "blobs"), time: Clock);
    }

    public override IFederation Federation => federation;

    public override IBlobStore Blobs => blobs;

    public override TestWork Work => work;

    public override CertificateAuthority Authority => authority;

    /// <summary>The journal as the federation sees it.</summary>
    public FaultyJournal Journal { get; private set; } = null!;

    /// <summary>The journal behind it.</summary>
    public IJournal Disk => sqlite;

    public static async Task<SingleWorld> OpenAsync(int snapshotEntries = 1000)
    {
        var world = new SingleWorld(snapshotEntries);
        await world.StartAsync();
        return world;
    }

    public override Task RestartAsync(bool isCrash) => RestartAsync(isCrash, _ => Task.CompletedTask);

    /// <summary>As the other, with something done to the journal while nobody has it open.</summary>
    public async Task RestartAsync(bool isCrash, Func<IJournal, Task> meanwhile)
    {
        if (isCrash) Journal.Die();
        await federation.DisposeAsync();
        await meanwhile(sqlite);
        await sqlite.DisposeAsync();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await federation.DisposeAsync();
        await sqlite.DisposeAsync();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StartAsync()
    {
        sqlite = await SqliteJournal.OpenAsync(Path.Combine(folder, "journal"));
        Journal = new(sqlite);
        work = new(blobs);
        federation = await SingleFederation.OpenAsync(new()
        {
            Journal = Journal,
            Blobs = blobs,
            Work = work,
            Authority = authority,
            Random = random,
            Time = Clock,
            SnapshotEntries = snapshotEntries,
        });
    }

    private sealed class SystemBytes : IRandomSource
    {
        public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
    }
}
