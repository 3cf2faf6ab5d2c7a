using FedLowRank.Federation.Tests.Storage.Journals;
using FedLowRank.Silo.Schema;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>A cluster's tables in the tests' own server.</summary>
internal static class ClusterDatabase
{
    /// <summary>The connection string of a database without any.</summary>
    public static async Task<string> EmptyAsync(PrivatePostgres server)
    {
        var database = await server.EmptyDatabaseAsync();
        await PrivatePostgres.ExecuteAsync(database, $"drop schema if exists {ClusterTables.Schema} cascade");
        return database;
    }

    /// <summary>The same with all tables, empty.</summary>
    public static async Task<string> NewAsync(PrivatePostgres server)
    {
        var database = await EmptyAsync(server);
        await Database.UpgradeAsync(database, grantTo: null, TestContext.Current.CancellationToken);
        return database;
    }
}
