using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

// The renewal was begun by the lease itself and ends with it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>
/// That one process writes an upload, and no other. Azure itself refuses what comes with a lease that has run out, so
/// a process that slept too long can do no harm.
/// </summary>
internal sealed class UploadLease : IAsyncDisposable
{
    /// <summary>The shortest that Azure has; so long another process waits after a kill.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    private readonly BlobLeaseClient lease;
    private readonly CancellationTokenSource ending = new();
    private readonly Task renewing;

    private UploadLease(BlobLeaseClient lease, TimeProvider time)
    {
        this.lease = lease;
        renewing = RenewAsync(time);
    }

    /// <summary>What each write must carry.</summary>
    public BlobRequestConditions Conditions => new() { LeaseId = lease.LeaseId };

    /// <summary>Takes the lease.</summary>
    /// <exception cref="RequestFailedException">Another process has it, or there is no such blob.</exception>
    public static async Task<UploadLease> AcquireAsync(
        BlockBlobClient blob, TimeProvider time, CancellationToken cancellationToken)
    {
        var client = blob.GetBlobLeaseClient();
        await client.AcquireAsync(Duration, cancellationToken: cancellationToken);
        return new(client, time);
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await renewing;
        ending.Dispose();
        try
        {
            await lease.ReleaseAsync(cancellationToken: CancellationToken.None);
        }
        catch (Exception error) when (AzureFaults.IsFault(error))
        {
            // The upload is no more, or another process has it, or the lease runs out by itself.
        }
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Duration / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token))
                await lease.RenewAsync(cancellationToken: ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
        catch (Exception error) when (AzureFaults.IsFault(error))
        {
            // The next write is refused, and tells.
        }
    }
}
