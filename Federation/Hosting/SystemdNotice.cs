using System.Net.Sockets;
using System.Text;

namespace FedLowRank.Federation.Hosting;

/// <summary>Tells systemd how the service is doing, where systemd asks for it (sd_notify(3)).</summary>
public static class SystemdNotice
{
    /// <summary>Sends a state such as <c>READY=1</c>; does nothing where nobody listens.</summary>
    public static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } address) return;

        // A leading @ stands for the zero byte of Linux' abstract names.
        var path = address[0] == '@' ? '\0' + address[1..] : address;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            // The service works all the same, and systemd says itself that it was not told.
        }
    }
}
