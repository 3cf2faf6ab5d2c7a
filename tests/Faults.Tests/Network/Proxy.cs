using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace FedLowRank.Faults.Tests.Network;

/// <summary>What lies between an agent and its server: a link that can be slow, cut, or dead without a word.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    private const int BlockBytes = 4096;

    private readonly IPEndPoint target;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Task accepting;
    private volatile CancellationTokenSource living = new();
    private int cuts;

    /// <summary>Listens.</summary>
    /// <param name="target">Where it connects to.</param>
    public Proxy(IPEndPoint target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>What to dial.</summary>
    public Uri Address => new($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/");

    /// <summary>Of what the client sends; null for as many as there are.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>A connection ends after so many bytes from the client; null for never.</summary>
    public int? CutAfterBytes { get; init; }

    /// <summary>How many connections were cut.</summary>
    public int Cuts => Volatile.Read(ref cuts);

    /// <summary>
    /// From now on nothing passes on the connections that there are, and nobody is told. New ones are as good as ever.
    /// </summary>
    public void Freeze() => Interlocked.Exchange(ref living, new()).Cancel();

    [SuppressMessage("Usage", "VSTHRD003", Justification = "Begun here, and waits for nobody who waits for it.")]
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await accepting;
        closing.Dispose();
        living.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await listener.AcceptSocketAsync(closing.Token), living.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // Closed.
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket client, CancellationToken frozen)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        using (client)
        {
            try
            {
                await server.ConnectAsync(target, closing.Token);
                var stop = (frozen, ending.Token);
                var up = CopyAsync(client, server, CutAfterBytes ?? long.MaxValue, BytesPerSecond, stop);
                var down = CopyAsync(server, client, long.MaxValue, bytesPerSecond: null, stop);
                if (await Task.WhenAny(up, down) == up && await up)
                {
                    // What has passed arrives: a reset would take away what the server has not read yet.
                    Interlocked.Increment(ref cuts);
                    client.Close();
                    server.Shutdown(SocketShutdown.Send);
                    while (await server.ReceiveAsync(new byte[BlockBytes], closing.Token) > 0)
                    {
                        // Nobody is there to have it.
                    }
                }

                await ending.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception error) when (
                error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Either side is gone; the other hears of it as both sockets close.
            }
        }
    }

    /// <returns>Whether it was cut; else either side has ended it.</returns>
    private static async Task<bool> CopyAsync(
        Socket from, Socket to, long bytesMax, int? bytesPerSecond,
        (CancellationToken Frozen, CancellationToken End) stop)
    {
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Frozen, stop.End);
            for (var sent = 0L; ;)
            {
                var count = await from.ReceiveAsync(block.AsMemory(0, BlockBytes), either.Token);
                if (count == 0) return false;
                if (sent + count > bytesMax) return true;
                await to.SendAsync(block.AsMemory(0, count), either.Token);
                sent += count;
                if (bytesPerSecond is { } rate)
                    await Task.Delay(TimeSpan.FromSeconds((double)count / rate), either.Token);
            }
        }
        catch (OperationCanceledException) when (
            stop.Frozen.IsCancellationRequested && !stop.End.IsCancellationRequested)
        {
            await Task.Delay(Timeout.Infinite, stop.End);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
