using Azure.Identity;
using Azure.Storage.Blobs;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.AzureBlobs;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;
using FedLowRank.Silo.Clustering;
using FedLowRank.Silo.Commands;
using FedLowRank.Silo.Configuration;
using FedLowRank.Silo.Schema;
using Npgsql;

namespace FedLowRank.Silo.Running;

/// <summary>What a process remembers, open.</summary>
internal sealed class ClusterStorage : IAsyncDisposable
{
    private readonly IAsyncDisposable[] opened;

    private ClusterStorage(params IAsyncDisposable[] opened) => this.opened = opened;

    /// <summary>Shared by all processes of the cluster.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>Likewise.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>Likewise.</summary>
    public required CertificateAuthority Authority { get; init; }

    /// <summary>Where Orleans' providers keep the members; null in development.</summary>
    public NpgsqlDataSource? Members { get; init; }

    /// <summary>What the operator should hear at every start, or null.</summary>
    public string? Warning { get; init; }

    /// <summary>Opens it.</summary>
    /// <exception cref="SchemaException">The tables are not of this program's version.</exception>
    /// <exception cref="ConfigException">The passphrase for a new authority is too short.</exception>
    public static Task<ClusterStorage> OpenAsync(
        SiloConfig config, CommandHost host, CancellationToken cancellationToken) => config.Storage switch
        {
            StorageConfig.Folder folder => OpenFolderAsync(folder.Path, config, host, cancellationToken),
            StorageConfig.Shared shared => OpenSharedAsync(shared, config, host, cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in opened) await part.DisposeAsync();
        Authority.Dispose();
    }

    private static async Task<ClusterStorage> OpenFolderAsync(
        string path, SiloConfig config, CommandHost host, CancellationToken cancellationToken)
    {
        var folder = await ServerFolder.OpenAsync(
            path, config.Passphrase, host.Random, host.Time, cancellationToken);
        return new(folder)
        {
            Journal = folder.Journal,
            Blobs = folder.Blobs,
            Authority = folder.Authority,
            Warning = folder.Warning,
        };
    }

    private static async Task<ClusterStorage> OpenSharedAsync(
        StorageConfig.Shared shared, SiloConfig config, CommandHost host, CancellationToken cancellationToken)
    {
        await Database.CheckAsync(shared.Database, isCheck: false, cancellationToken);
        var blobs = await OpenBlobsAsync(shared.Blobs, host.Time, cancellationToken);
        var journal = await PostgresJournal.OpenAsync(
            shared.Database, time: host.Time, cancellationToken: cancellationToken);
        try
        {
            var authority = await SharedAuthority.OpenAsync(
                journal, config.Passphrase!, host.Random, host.Time, cancellationToken);
            var members = OrleansHosting.Members(shared.Database);
            return new(members, journal) { Journal = journal, Blobs = blobs, Authority = authority, Members = members };
        }
        catch
        {
            await journal.DisposeAsync();
            throw;
        }
    }

    private static async Task<IBlobStore> OpenBlobsAsync(
        BlobsConfig blobs, TimeProvider time, CancellationToken cancellationToken) => blobs switch
        {
            BlobsConfig.Folder folder => FileBlobStore.Open(folder.Path, time: time),
            BlobsConfig.AzureService azure => await AzureBlobStore.OpenAsync(
                new BlobServiceClient(azure.Service, new DefaultAzureCredential(), AzureBlobStore.ClientOptions())
                    .GetBlobContainerClient(azure.Container),
                time, cancellationToken),
            BlobsConfig.AzureConnection azure => await AzureBlobStore.OpenAsync(
                new BlobContainerClient(azure.ConnectionString, azure.Container, AzureBlobStore.ClientOptions()), time,
                cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
