using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Federation.Tests.Hosting;
using FedLowRank.Federation.Work;
using FedLowRank.Grains;
using FedLowRank.Grains.Front;
using FedLowRank.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace FedLowRank.Cluster.Tests.World;

/// <summary>
/// Silos in this process on one journal and one folder of blobs. A restart kills or stops all of them and begins with
/// new ones.
/// </summary>
internal sealed class ClusterWorld : FederationWorld
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-cluster-").FullName;
    private readonly CryptographicRandomSource random = new();
    private readonly CertificateAuthority authority;
    private readonly FileBlobStore blobs;
    private readonly int silos;
    private readonly bool isReal;
    private SqliteJournal sqlite = null!;
    private ClusterFederation? federation;
    private HeldWork work = null!;

    private ClusterWorld(int silos, bool isReal)
    {
        (this.silos, this.isReal) = (silos, isReal);
        authority = CertificateAuthority.Create(Noon, random);
        blobs = FileBlobStore.Open(BlobFolder, time: Clock);
    }

    public override IFederation Federation => federation!;

    public override IBlobStore Blobs => blobs;

    public override HeldWork Work => work;

    public override CertificateAuthority Authority => authority;

    public string BlobFolder => Path.Combine(folder, "blobs");

    /// <summary>The journal as the silos see it.</summary>
    public FaultyJournal Journal { get; private set; } = null!;

    /// <summary>The silos.</summary>
    public InProcessTestCluster Cluster { get; private set; } = null!;

    /// <summary>What the silos tell their operator.</summary>
    public RecordedLog Log { get; } = new();

    public static async Task<ClusterWorld> OpenAsync(int silos = 2, bool isReal = false)
    {
        var world = new ClusterWorld(silos, isReal);
        await world.StartAsync();
        return world;
    }

    public override Task<RunEvent.UpdateSubmitted> UpdateAsync(
        RunId run, AgentId agent, RoundId round, BlobHash start) =>
        isReal ? RealUpdateAsync(run, agent, round, start) : base.UpdateAsync(run, agent, round, start);

    /// <summary>Kills the silo on which a grain is active.</summary>
    public async Task KillSiloOfAsync(IAddressable grain)
    {
        Assert.True(Cluster.TryGetGrainContext(grain.GetGrainId(), out var activation));
        await Cluster.KillSiloAsync(Cluster.GetSiloForAddress(activation.Address.SiloAddress!)!);
    }

    public override async Task RestartAsync(bool isCrash)
    {
        if (isCrash) Journal.Die();
        await StopAsync(isCrash);
        await sqlite.DisposeAsync();
        await StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync(isCrash: true);
        await sqlite.DisposeAsync();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StopAsync(bool isCrash)
    {
        if (federation is not null) await federation.DisposeAsync();
        federation = null;
        foreach (var silo in Cluster.Silos.ToList())
        {
            if (isCrash) await Cluster.KillSiloAsync(silo);
            else await Cluster.StopSiloAsync(silo);
        }

        await Cluster.DisposeAsync();
    }

    private async Task StartAsync()
    {
        sqlite = await SqliteJournal.OpenAsync(Path.Combine(folder, "journal"));
        Journal = new(sqlite);
        work = new(isReal ? new RoundWork(blobs) : new NamedWork(blobs));
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureHost(host => host.Services.AddSingleton<ILoggerFactory>(Log));
        builder.ConfigureSilo((_, silo) => silo
            .Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(1);
                membership.NumMissedProbesLimit = 2;
                membership.NumVotesForDeathDeclaration = 1;
            })
            .UseInMemoryReminderService()
            .AddFederation(new GrainParts
            {
                Journal = Journal,
                Blobs = blobs,
                Work = work,
                Authority = authority,
                Time = Clock,
            }));
        builder.ConfigureClient(client => client.AddFederation());
        Cluster = builder.Build();
        await Cluster.DeployAsync();
        federation = ClusterFederation.Open(
            Cluster.Client, new() { Authority = authority, Random = random, Time = Clock });
        await federation.ConnectedAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }
}
