using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Work;
using FedLowRank.Gateway;
using FedLowRank.Grains;
using FedLowRank.Grains.Front;
using FedLowRank.Silo.Clustering;
using FedLowRank.Silo.Commands;
using FedLowRank.Silo.Configuration;
using FedLowRank.Silo.Health;
using FedLowRank.Silo.Telemetry;
using FedLowRank.Training.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Silo.Running;

/// <summary>One process of a cluster: a silo, a gateway or both.</summary>
internal sealed class SiloServer : IAsyncDisposable
{
    /// <summary>For grains to hand over what they do, and for the silo to tell the others that it leaves.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan MetricsPeriod = TimeSpan.FromSeconds(15);

    private readonly Readiness readiness;
    private readonly List<string> warnings = [];
    private readonly Stack<IAsyncDisposable> parts = new();
    private HealthListener? health;

    private SiloServer(TimeProvider time)
    {
        readiness = new(time);
        parts.Push(readiness);
    }

    /// <summary>What agents and people reach; null without the role.</summary>
    public GatewayServer? Gateway { get; private set; }

    /// <summary>Where the process says how it is; null for nowhere.</summary>
    public Uri? Health => health?.Address;

    /// <summary>SHA-256 of the authority's certificate.</summary>
    public BlobHash Authority { get; private set; }

    /// <summary>What the operator is to hear at every start.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Starts the process; it serves when this returns.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="host">Gives the clock and randomness.</param>
    /// <param name="logging">Where the log goes.</param>
    /// <param name="cancellationToken">Stops the starting.</param>
    public static async Task<SiloServer> StartAsync(
        SiloConfig config, CommandHost host, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        var server = new SiloServer(host.Time);
        try
        {
            await server.OpenAsync(config, host, logging, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Drains: says that it wants no more work, takes no more connections and waits for requests in progress, then
    /// leaves the cluster and closes what it had open.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        readiness.Drain();
        if (Gateway is not null) await Gateway.StopAsync();
        while (parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task OpenAsync(
        SiloConfig config, CommandHost host, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        if (config.Telemetry is { } collector)
        {
            var instance = $"{config.Silo?.Silo ?? config.Gateway!.AgentEndpoint}";
            parts.Push(new TelemetryExport(collector, config.Cluster, instance, MetricsPeriod));
        }

        if (config.Health is { } endpoint)
            parts.Push(health = await HealthListener.StartAsync(endpoint, readiness, logging, cancellationToken));
        var storage = await ClusterStorage.OpenAsync(config, host, cancellationToken);
        parts.Push(storage);
        Authority = storage.Authority.Fingerprint;
        if (storage.Warning is { } aboutKey) warnings.Add($"{aboutKey} Give a passphrase with passphraseFile.");

        var grains = host.Parts(new()
        {
            Journal = storage.Journal,
            Blobs = storage.Blobs,
            Work = new RoundWork(storage.Blobs),
            Authority = storage.Authority,
            Time = host.Time,
        });
        var orleans = Build(config, storage, grains, host, logging);
        parts.Push(new StoppedHost(orleans));
        await orleans.StartAsync(cancellationToken);
        var federation = ClusterFederation.Open(
            orleans.Services.GetRequiredService<IGrainFactory>(),
            new() { Authority = storage.Authority, Random = host.Random, Time = host.Time, Logging = logging });
        parts.Push(federation);
        await federation.ConnectedAsync(cancellationToken);
        var silo = orleans.Services.GetService<ISiloStatusOracle>();
        readiness.Joined(
            storage.Journal, () => federation.IsReady && (silo is null || silo.CurrentStatus == SiloStatus.Active));
        if (config.Gateway is { } gateway)
            await ServeAsync(gateway, config, grains, federation, host, logging, cancellationToken);
        readiness.Opened();
    }

    private async Task ServeAsync(
        Gateway.GatewayOptions options, SiloConfig config, GrainParts grains, ClusterFederation federation,
        CommandHost host, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        Gateway = await GatewayServer.StartAsync(
            options,
            new()
            {
                Federation = federation,
                Blobs = grains.Blobs,
                Authority = grains.Authority,
                Time = host.Time,
                Random = host.Random,
                Logging = logging,
                ReadModel = json => ModelShape.Parse(json.Span),
                IsReady = () => readiness.CanServe,
            },
            cancellationToken);
        parts.Push(Gateway);
        if (config.OwnerProfile is not { } file) return;
        var warning = await OwnerProfile.KeepAsync(
            file, federation.Users, grains.Authority, Gateway.AdminAddress, host.Time.GetUtcNow(), cancellationToken);
        if (warning is not null) warnings.Add(warning);
    }

    private static IHost Build(
        SiloConfig config, ClusterStorage storage, GrainParts grains, CommandHost host, ILoggerFactory logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(logging).AddSingleton<IHostLifetime, NoLifetime>()
            .Configure<HostOptions>(options => options.ShutdownTimeout = LeaveTimeout);
        var tls = new MemberTls(
            storage.Authority, config.Cluster, host.Random, host.Time, logging.CreateLogger<MemberTls>());
        if (config.Silo is null)
        {
            builder.UseOrleansClient(client =>
            {
                OrleansHosting.Configure(client, config, storage.Members!, tls);
                client.UseConnectionRetryFilter(new ConnectionPatience(
                    host.Time, logging.CreateLogger<ConnectionPatience>()));
                client.AddFederation();
            });
        }
        else
        {
            builder.UseOrleans(silo =>
            {
                OrleansHosting.Configure(silo, config, storage.Members, tls);
                silo.AddFederation(grains);
            });
        }

        return builder.Build();
    }

    /// <summary>A host that is stopped before it is disposed of, also where its start failed.</summary>
    private sealed class StoppedHost(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
