using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using Microsoft.AspNetCore.Connections;

namespace FedLowRank.Gateway.Agents;

/// <summary>
/// The agents' connections by the certificate with which they were made. A connection is in here before its first
/// request, and every request asks whether its certificate is admitted; so one that is cut off is either found here or
/// refused with its next request.
/// </summary>
internal sealed class LiveAgents(GatewayOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ConnectionContext, AgentCertificate> connections = [];
    private readonly Dictionary<AgentId, int> counts = [];

    /// <summary>The certificates in use now.</summary>
    public IReadOnlyList<AgentCertificate> Certificates
    {
        get
        {
            lock (gate) return [.. connections.Values.Distinct()];
        }
    }

    /// <summary>Holds a connection in the list while it lasts.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        var certificate = connection.Features.Get<AgentCertificate>()
            ?? throw new InvalidOperationException("a connection of the agent listener without a certificate");
        if (!TryAdd(connection, certificate))
        {
            connection.Abort(new ConnectionAbortedException($"{certificate.Agent} has too many connections"));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Remove(connection);
        }
    };

    /// <summary>Ends every connection of a certificate, with all requests on it.</summary>
    /// <returns>How many there were.</returns>
    public int CutOff(SerialNumber serial)
    {
        List<ConnectionContext> found;
        lock (gate) found = [.. connections.Where(pair => pair.Value.Serial == serial).Select(pair => pair.Key)];
        foreach (var connection in found)
            connection.Abort(new ConnectionAbortedException("the certificate is no longer admitted"));
        return found.Count;
    }

    private bool TryAdd(ConnectionContext connection, AgentCertificate certificate)
    {
        lock (gate)
        {
            var count = counts.GetValueOrDefault(certificate.Agent);
            if (count >= options.Limits.ConnectionsPerAgentMax) return false;
            counts[certificate.Agent] = count + 1;
            connections.Add(connection, certificate);
            return true;
        }
    }

    private void Remove(ConnectionContext connection)
    {
        lock (gate)
        {
            connections.Remove(connection, out var certificate);
            if (--counts[certificate!.Agent] == 0) counts.Remove(certificate.Agent);
        }
    }
}
