namespace FedLowRank.Cli.Demo.Servers;

/// <summary>An empty PostgreSQL database for one demo. When it is disposed of, nothing of it is left.</summary>
internal interface IDemoDatabase : IAsyncDisposable
{
    /// <summary>Makes it, and waits until it answers.</summary>
    /// <returns>The connection string.</returns>
    Task<string> StartAsync(CancellationToken cancellationToken);
}
