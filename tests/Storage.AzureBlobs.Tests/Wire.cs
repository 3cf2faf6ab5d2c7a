using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>
/// Stands between a store and Azure: sees each request, retries included, and may do what a kill or a cable does.
/// </summary>
internal sealed class Wire : HttpPipelinePolicy
{
    /// <summary>Called with each request before it is sent.</summary>
    public Func<Request, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with each request when it was answered, before the answer is seen.</summary>
    public Func<Request, Task> After { get; set; } = _ => Task.CompletedTask;

    /// <summary>Bytes of contents that went to Azure.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Bytes of uploads that came from Azure.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Options with this between, that try again soon and three times in all.</summary>
    public BlobClientOptions Options()
    {
        var options = new BlobClientOptions
        {
            Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(10) },
        };
        options.AddPolicy(this, HttpPipelinePosition.PerRetry);
        return options;
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await Before(message.Request);
        await ProcessNextAsync(message, pipeline);
        if (message.Request.Uri.Query.Contains("comp=block&", StringComparison.Ordinal) &&
            message.Request.Content!.TryComputeLength(out var length))
        {
            SentBytes += length;
        }

        if (message.Request.Method == RequestMethod.Get && message.Request.Headers.TryGetValue("x-ms-range", out _) &&
            message.Request.Uri.Path.Contains("/uploads/", StringComparison.Ordinal))
        {
            ReadBytes += message.Response.Headers.ContentLengthLong ?? 0;
        }

        await After(message.Request);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("nothing in the store is synchronous but the reading of a stream");

    /// <summary>What a lost connection looks like to the library, which tries again.</summary>
    public static Exception Lost() => new Azure.RequestFailedException(0, "the connection is lost");

    /// <summary>What no library catches: the process is no more.</summary>
    public sealed class Killed : Exception;
}
