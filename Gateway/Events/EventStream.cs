using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace FedLowRank.Gateway.Events;

/// <summary>
/// Server-sent events of levels: each event replaces what was said before of the same thing, so whoever comes back is
/// told whatever is current and then what is new; what changed twice meanwhile needs no telling. An event's id is a
/// digest of its data: where the first to be told is the last that the peer saw, it is not told again. A reader that
/// takes nothing for a while is dropped; nothing is kept for it.
/// </summary>
internal sealed class EventStream(
    Heartbeat heartbeat, GatewayOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    /// <summary>Serves until the peer goes, the levels end, or the server stops.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Of the events.</param>
    /// <param name="levels">Data of the events, without line breaks.</param>
    /// <param name="isOver">Asked with every heart-beat: whether the peer's time is over.</param>
    public async Task ServeAsync(
        HttpContext http, string name, Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> levels,
        Func<ValueTask<bool>> isOver)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.ContentType = "text/event-stream";
        http.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        var seen = http.Request.Headers["Last-Event-ID"].ToString();
        try
        {
            await WriteAsync(http, Comment, ending.Token);
            await SendAsync(http, name, levels(ending.Token), seen, isOver, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The peer has gone, was cut off, or the server stops.
        }
    }

    private async Task SendAsync(
        HttpContext http, string name, IAsyncEnumerable<ReadOnlyMemory<byte>> levels, string seen,
        Func<ValueTask<bool>> isOver, CancellationTokenSource ending)
    {
        var cancellationToken = ending.Token;
        await using var source = levels.GetAsyncEnumerator(cancellationToken);
        var next = source.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                var beat = heartbeat.Next;
                if (await Task.WhenAny(next, beat) == next)
                {
                    if (!await next) return;
                    var data = source.Current;
                    var id = IdOf(data.Span);
                    if (id != seen) await WriteAsync(http, Frame(name, id, data.Span), cancellationToken);
                    seen = "";
                    next = source.MoveNextAsync().AsTask();
                }
                else
                {
                    if (await isOver()) return;
                    await WriteAsync(http, Comment, cancellationToken);
                }
            }
        }
        finally
        {
            // A source may be disposed of only between two steps.
            await ending.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await http.Response.Body.WriteAsync(bytes, cancellationToken).AsTask()
                .WaitAsync(options.Limits.WriteTimeout, time, cancellationToken);
            await http.Response.Body.FlushAsync(cancellationToken)
                .WaitAsync(options.Limits.WriteTimeout, time, cancellationToken);
        }
        catch (TimeoutException error)
        {
            http.Abort();
            throw new OperationCanceledException("the reader takes nothing", error);
        }
    }

    private static string IdOf(ReadOnlySpan<byte> data) =>
        Convert.ToHexStringLower(SHA256.HashData(data).AsSpan(0, 16));

    private static byte[] Frame(string name, string id, ReadOnlySpan<byte> data) =>
        [.. Encoding.ASCII.GetBytes($"event: {name}\nid: {id}\ndata: "), .. data, .. "\n\n"u8];
}
