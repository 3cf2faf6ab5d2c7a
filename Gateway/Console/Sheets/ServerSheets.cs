using System.Runtime.CompilerServices;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Agents and the audit log as rows.</summary>
internal static class ServerSheets
{
    /// <summary>Columns of the audit log.</summary>
    public static readonly IReadOnlyList<SheetColumn> AuditColumns =
    [
        Column("sequence"), Column("at"), Column("actor"), Column("action"), Column("target"), Column("outcome"),
        Column("details"), Column("previous"),
    ];

    /// <summary>A row for each agent.</summary>
    public static Sheet Agents(IEnumerable<AgentRecord> agents) => new(
        [
            Column("agent"), Column("role"), Column("state"), Column("is_connected"), Column("last_seen"),
            Column("certificate_ends"), Column("version"), Column("device"), Column("epsilon_told"),
            Column("epsilon_budget"), Column("delta"), Column("last_error"), Column("last_error_at"),
        ],
        agents.Select(object?[] (agent) =>
        [
            agent.State.Agent.Value, agent.State.Role.ToString().ToLowerInvariant(), agent.State.Status.Name,
            agent.IsConnected, agent.LastSeen, (agent.State.Status as EnrolmentStatus.Enrolled)?.Current.NotAfter,
            agent.Facts?.Version, agent.Facts?.Device, agent.Facts?.EpsilonSpent, agent.Facts?.EpsilonMax,
            agent.Facts?.Delta, agent.LastError?.Kind.ToString(), agent.LastError?.At,
        ]));

    /// <summary>A row for each entry of the audit log.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<object?>> AuditAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> lines,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            var entry = AuditJson.ReadEntry(line.Span);
            yield return
            [
                entry.Sequence, entry.At, entry.Actor, entry.Action, entry.Target,
                entry.Outcome.ToString().ToLowerInvariant(),
                string.Join("; ", entry.Details.Select(detail => $"{detail.Key}: {detail.Value}")),
                entry.Previous.ToString(),
            ];
        }
    }

    private static SheetColumn Column(string name) => new(name, name);
}
