using System.Net;
using FedLowRank.Benchmarks.Service;

namespace FedLowRank.Benchmarks.Pages;

/// <summary>People who have a page open: its streams of changes, which are read and thrown away.</summary>
internal sealed class Audience : IAsyncDisposable
{
    private readonly CancellationTokenSource closing = new();
    private readonly HttpClient http;
    private readonly Task[] watching;
    private long bytes;

    /// <summary>Opens the streams.</summary>
    /// <param name="server">Whose certificate is trusted.</param>
    /// <param name="live">Address of the stream.</param>
    /// <param name="cookie">Of a session.</param>
    /// <param name="people">How many.</param>
    public Audience(LoadServer server, Uri live, string cookie, int people)
    {
        http = new(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            SslOptions =
            {
                RemoteCertificateValidationCallback =
                    (_, presented, _, _) => LoadClient.IsProven(presented, server.Authority),
            },
        })
        {
            DefaultRequestVersion = HttpVersion.Version20,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Add("Cookie", cookie);
        watching = [.. Enumerable.Range(0, people).Select(_ => Task.Run(() => WatchAsync(live)))];
    }

    /// <summary>What they were told so far, all together.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Task.WhenAll(watching);
        http.Dispose();
        closing.Dispose();
    }

    private async Task WatchAsync(Uri live)
    {
        try
        {
            await using var stream = await http.GetStreamAsync(live, closing.Token);
            var buffer = new byte[1 << 16];
            while (await stream.ReadAsync(buffer, closing.Token) is > 0 and var read) Interlocked.Add(ref bytes, read);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The page is closed.
        }
    }
}
