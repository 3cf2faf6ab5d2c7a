using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>
/// What stands before several servers: it hands each connection to the next of them that takes it, as a balancer of
/// connections does, and ends it when either side has.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly EndPoint[] targets;
    private readonly TcpListener listener;
    private readonly CancellationTokenSource closing = new();
    private readonly Task accepting;
    private int next;

    /// <summary>Listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="targets">The servers.</param>
    public Relay(IPAddress address, params EndPoint[] targets)
    {
        this.targets = targets;
        listener = new(address, 0);
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The port to dial.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    [SuppressMessage("Usage", "VSTHRD003", Justification = "Begun here, and waits for nobody who waits for it.")]
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await accepting;
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await listener.AcceptSocketAsync(closing.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // Closed.
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                using var server = await DialAsync();
                if (server is null) return;
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
                await using var near = new NetworkStream(client);
                await using var far = new NetworkStream(server);
                Task[] both = [near.CopyToAsync(far, ending.Token), far.CopyToAsync(near, ending.Token)];
                await Task.WhenAny(both);
                await ending.CancelAsync();
                await Task.WhenAll(both);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
            {
                // Either side is gone; the other hears of it as both sockets close.
            }
        }
    }

    private async Task<Socket?> DialAsync()
    {
        var first = Interlocked.Increment(ref next);
        for (var i = 0; i < targets.Length; i++)
        {
            var target = targets[(first + i) % targets.Length];
            var socket = new Socket(
                target.AddressFamily, SocketType.Stream,
                target.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(target, closing.Token);
                return socket;
            }
            catch (SocketException)
            {
                // It is down; the next may not be.
                socket.Dispose();
            }
        }

        return null;
    }
}
