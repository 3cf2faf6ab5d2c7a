using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;
using FedLowRank.Privacy;

namespace FedLowRank.ClientAgent.Work;

/// <summary>What the work of an agent is made of.</summary>
internal sealed record AgentParts
{
    public required AgentFolder Folder { get; init; }

    public required ServerSession Session { get; init; }

    public required AgentChannel Channel { get; init; }

    public required Admission Admission { get; init; }

    public required Outbox Outbox { get; init; }

    public required DurableFile Files { get; init; }

    public required Workbench Bench { get; init; }

    public required IAgentDisplay Display { get; init; }

    /// <summary>What it says; the display's lines all come by it.</summary>
    public required AgentLog Log { get; init; }

    public required AgentTimings Timings { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Of noise, batches, and the jitter of new tries.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Told whenever something worth showing has changed.</summary>
    public Action Changed { get; init; } = () => { };

    public RoundChannel ChannelOf(RoundRef round) => new(Session, round, Timings, Time) { UploadHosts = UploadHosts };

    public Backoff Backoff() => new(Timings, Time, Random);

    /// <summary>What the server may know of the last error; of lines none where the policy cannot be read.</summary>
    public AgentTrouble? Trouble() => Log.Trouble(Policy()?.Log);

    /// <summary>Storage that the owner allows now; none where the policy cannot be read.</summary>
    private IReadOnlyList<string> UploadHosts() => Policy()?.UploadHosts ?? [];

    private AgentPolicy? Policy()
    {
        try
        {
            return PolicyReader.Read(Folder.Policy);
        }
        catch (Exception error) when (error is PolicyException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The ledger as it is on disk now.</summary>
    /// <exception cref="LedgerException">It is damaged or missing.</exception>
    public Ledger OpenLedger() => Ledger.Open(Folder.Ledger, Files);
}
