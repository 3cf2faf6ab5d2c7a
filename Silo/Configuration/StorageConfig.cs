namespace FedLowRank.Silo.Configuration;

/// <summary>Where a process keeps what it remembers.</summary>
internal abstract record StorageConfig
{
    private StorageConfig()
    {
    }

    /// <summary>For development: all in one folder of one silo.</summary>
    /// <param name="Path">The folder.</param>
    public sealed record Folder(string Path) : StorageConfig;

    /// <summary>For a cluster: shared by all its processes.</summary>
    /// <param name="Database">Connection string of PostgreSQL. A secret.</param>
    /// <param name="Blobs">Adapters, updates and checkpoints.</param>
    public sealed record Shared(string Database, BlobsConfig Blobs) : StorageConfig
    {
        /// <inheritdoc/>
        public override string ToString() => "a database";
    }
}

/// <summary>Where blobs are kept.</summary>
internal abstract record BlobsConfig
{
    private BlobsConfig()
    {
    }

    /// <summary>A folder that all processes see.</summary>
    /// <param name="Path">The folder.</param>
    public sealed record Folder(string Path) : BlobsConfig;

    /// <summary>Azure Blob Storage by its address; the process proves who it is as the machine's identity.</summary>
    /// <param name="Container">Name of the container.</param>
    /// <param name="Service">Address of the account.</param>
    public sealed record AzureService(string Container, Uri Service) : BlobsConfig;

    /// <summary>Azure Blob Storage by a connection string.</summary>
    /// <param name="Container">Name of the container.</param>
    /// <param name="ConnectionString">A secret.</param>
    public sealed record AzureConnection(string Container, string ConnectionString) : BlobsConfig
    {
        /// <inheritdoc/>
        public override string ToString() => "Azure Blob Storage";
    }
}
