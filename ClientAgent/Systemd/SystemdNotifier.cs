using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FedLowRank.ClientAgent.Systemd;

/// <summary>
/// Tells systemd how the service is, as sd_notify(3) does: datagrams to the socket that <c>NOTIFY_SOCKET</c> names.
/// Where there is none, it says nothing.
/// </summary>
internal sealed class SystemdNotifier : IDisposable
{
    private readonly UnixDomainSocketEndPoint? address;
    private readonly Socket? socket;
    private readonly ITimer? watchdog;

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="time">Of the watchdog.</param>
    public SystemdNotifier(Func<string, string?> variable, TimeProvider time)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@')) return;

        // An @ stands for the zero byte with which names outside the file system begin.
        address = new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path);
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) &&
            limit > 0)
        {
            var half = TimeSpan.FromMicroseconds(limit / 2.0);
            watchdog = time.CreateTimer(_ => Send("WATCHDOG=1"), null, half, half);
        }
    }

    /// <summary>The agent is up, whether or not the server is.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>One line for <c>systemctl status</c>.</summary>
    public void Status(string line) => Send($"STATUS={line}");

    /// <summary>The agent ends.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <inheritdoc/>
    public void Dispose()
    {
        watchdog?.Dispose();
        socket?.Dispose();
    }

    private void Send(string message)
    {
        try
        {
            socket?.SendTo(Encoding.UTF8.GetBytes(message), address!);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Nobody listens; the agent works all the same.
        }
    }
}
