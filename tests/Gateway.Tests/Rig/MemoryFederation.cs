using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>The application service on the pure machines alone, in memory, without the server's own work.</summary>
internal sealed class MemoryFederation(CertificateAuthority authority, TimeProvider time) : IFederation, IAuditService
{
    private readonly Lock gate = new();
    private readonly List<byte[]> lines = [];
    private AuditHead head = AuditHead.Empty;

    public MemoryRuns Runs { get; } = new(authority, time);

    public MemoryAgents Agents { get; } = new(authority, time);

    public MemoryUsers Users { get; } = new(time);

    public ConcurrentQueue<AuditDraft> Drafts { get; } = [];

    IRunService IFederation.Runs => Runs;

    IAgentService IFederation.Agents => Agents;

    IUserService IFederation.Users => Users;

    IAuditService IFederation.Audit => this;

    public Task AppendAsync(AuditDraft draft, CancellationToken cancellationToken = default)
    {
        Drafts.Enqueue(draft);
        lock (gate)
        {
            var entry = AuditLog.Next(head, draft, time.GetUtcNow());
            lines.Add(AuditJson.Write(entry));
            head = AuditLog.HeadAfter(entry);
        }

        return Task.CompletedTask;
    }

    public Task<long> LastAsync(CancellationToken cancellationToken = default)
    {
        lock (gate) return Task.FromResult(head.Sequence);
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        long first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        List<byte[]> all;
        lock (gate) all = [.. lines];
        foreach (var line in all.Skip((int)first - 1)) yield return line;
    }

    public Task<SignedHead> SignHeadAsync(CancellationToken cancellationToken = default)
    {
        lock (gate) return Task.FromResult(AuditLog.Sign(head, authority, time.GetUtcNow()));
    }

    public Task<IReadOnlyList<SignedHead>> SignedHeadsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<SignedHead>>([]);
}
