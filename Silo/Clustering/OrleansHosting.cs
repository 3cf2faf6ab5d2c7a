using FedLowRank.Silo.Configuration;
using FedLowRank.Silo.Schema;
using Npgsql;
using Orleans.Configuration;
using Orleans.Versions.Compatibility;
using Orleans.Versions.Selector;

namespace FedLowRank.Silo.Clustering;

/// <summary>What Orleans is told, as a silo and as a client.</summary>
internal static class OrleansHosting
{
    private const string Postgres = "Npgsql";

    /// <summary>
    /// For the answer of a grain. More than the 20 s for which the journal tries again, so that a caller hears what
    /// became of its call; that a silo is gone is heard when it is declared dead, and sooner.
    /// </summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A connection of the providers, which look for their statements in the search path.</summary>
    public static NpgsqlDataSource Members(string database) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(database)
        {
            SearchPath = ClusterTables.Schema,
            ApplicationName = "fedlowrank-silo",

            // A database that does not answer must not keep a silo from voting for longer than it takes to detect one.
            Timeout = 5,
            CommandTimeout = 5,
        });

    /// <summary>A silo of the cluster, or of none but itself.</summary>
    /// <param name="silo">To configure.</param>
    /// <param name="config">What the process is.</param>
    /// <param name="members">Where the silos are; null in development.</param>
    /// <param name="tls">Between the processes.</param>
    public static void Configure(ISiloBuilder silo, SiloConfig config, NpgsqlDataSource? members, MemberTls tls)
    {
        var endpoints = config.Silo!;
        if (members is null)
        {
            silo.UseLocalhostClustering(
                endpoints.Silo.Port, endpoints.Gateway.Port, primarySiloEndpoint: null, config.Cluster, config.Cluster);
            silo.UseInMemoryReminderService();
        }
        else
        {
            silo.UseAdoNetClustering((AdoNetClusteringSiloOptions options) =>
                (options.Invariant, options.DataSource) = (Postgres, members));
            silo.UseAdoNetReminderService((AdoNetReminderTableOptions options) =>
                (options.Invariant, options.DataSource) = (Postgres, members));
        }

        silo.Configure<ClusterOptions>(options => Name(options, config.Cluster));
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = endpoints.Silo.Address;
            (options.SiloPort, options.GatewayPort) = (endpoints.Silo.Port, endpoints.Gateway.Port);
            (options.SiloListeningEndpoint, options.GatewayListeningEndpoint) = (endpoints.Silo, endpoints.Gateway);
        });
        silo.Configure<ClusterMembershipOptions>(options => MembershipTimes.Set(options, config.Detection));
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
        silo.Configure<GrainVersioningOptions>(options =>
        {
            // A new silo serves old callers, and an old one never serves a new caller: see docs/cluster.md.
            options.DefaultCompatibilityStrategy = nameof(BackwardCompatible);
            options.DefaultVersionSelectorStrategy = nameof(AllCompatibleVersions);
        });
        silo.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(tls.Answer);
            options.ConfigureSiloOutboundConnection(tls.Dial);
            options.ConfigureGatewayInboundConnection(tls.Answer);
        });
        silo.AddActivityPropagation();
    }

    /// <summary>A process that is a gateway only.</summary>
    public static void Configure(IClientBuilder client, SiloConfig config, NpgsqlDataSource members, MemberTls tls)
    {
        client.UseAdoNetClustering((AdoNetClusteringClientOptions options) =>
            (options.Invariant, options.DataSource) = (Postgres, members));
        client.Configure<ClusterOptions>(options => Name(options, config.Cluster));
        client.Configure<Orleans.Configuration.GatewayOptions>(options =>
            options.GatewayListRefreshPeriod = config.Detection);
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
        client.Configure<ClientConnectionOptions>(options => options.ConfigureConnection(tls.Dial));
        client.AddActivityPropagation();
    }

    private static void Name(ClusterOptions options, string cluster) =>
        (options.ClusterId, options.ServiceId) = (cluster, cluster);
}
