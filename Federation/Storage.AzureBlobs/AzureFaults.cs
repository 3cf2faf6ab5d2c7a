using Azure;
using Azure.Storage.Blobs.Models;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>Azure's errors as the port's.</summary>
internal static class AzureFaults
{
    private static readonly HashSet<string> Contended =
    [
        BlobErrorCode.LeaseAlreadyPresent.ToString(), BlobErrorCode.LeaseIdMissing.ToString(),
        BlobErrorCode.LeaseIdMismatchWithBlobOperation.ToString(), BlobErrorCode.LeaseLost.ToString(),
        BlobErrorCode.LeaseNotPresentWithBlobOperation.ToString(),
        BlobErrorCode.LeaseIsBreakingAndCannotBeAcquired.ToString(), BlobErrorCode.ConditionNotMet.ToString(),
    ];

    /// <summary>There is no such blob, as opposed to no such container.</summary>
    public static bool IsNotFound(RequestFailedException error) => error.ErrorCode == BlobErrorCode.BlobNotFound ||

        // The answer to a HEAD has no body, and some servers leave the header out.
        (error.Status == 404 && string.IsNullOrEmpty(error.ErrorCode));

    /// <summary>Another process holds the lease, or has changed the blob meanwhile.</summary>
    public static bool IsContended(RequestFailedException error) =>
        error.ErrorCode is { } code ? Contended.Contains(code) : error.Status == 412;

    /// <summary>Whether this is a fault of Azure or of the way there, after all retries.</summary>
    public static bool IsFault(Exception error) => error switch
    {
        RequestFailedException => true,
        AggregateException many => many.InnerExceptions.All(
            inner => inner is RequestFailedException or IOException or OperationCanceledException),
        _ => false,
    };

    /// <summary>Runs calls that concern an upload.</summary>
    public static async Task<T> OfUploadAsync<T>(UploadId id, Func<Task<T>> calls)
    {
        try
        {
            return await calls();
        }
        catch (RequestFailedException error) when (IsNotFound(error))
        {
            throw NoUpload(id, error);
        }
        catch (RequestFailedException error) when (IsContended(error))
        {
            throw Busy(id, error);
        }
        catch (Exception error) when (IsFault(error))
        {
            throw Unavailable(error);
        }
    }

    /// <summary>Runs calls that concern blobs.</summary>
    public static async Task<T> OfBlobsAsync<T>(Func<Task<T>> calls)
    {
        try
        {
            return await calls();
        }
        catch (Exception error) when (IsFault(error))
        {
            throw Unavailable(error);
        }
    }

    public static BlobException NoUpload(UploadId id, Exception? error = null) =>
        new(BlobError.UploadNotFound, $"there is no upload '{id}'; begin it again", error);

    public static BlobException Busy(UploadId id, Exception? error = null) =>
        new(BlobError.UploadBusy, $"upload '{id}' is being written; ask again", error);

    // The text of Azure's own error names addresses and headers; its code says enough.
    public static BlobException Unavailable(Exception error)
    {
        var last = error is AggregateException many ? many.InnerExceptions[^1] : error;
        var reason = last is RequestFailedException { ErrorCode: { Length: > 0 } code } failed
            ? $"{failed.Status} {code}"
            : last.GetType().Name;
        return new(BlobError.Unavailable, $"Azure's storage does not do what it was asked: {reason}", error);
    }
}
