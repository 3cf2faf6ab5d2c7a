using System.Diagnostics.CodeAnalysis;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Audit;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace FedLowRank.Grains.People;

/// <summary>Writes the audit log into the journal, and signs where it ends each hour and when it goes.</summary>
/// <remarks>
/// <para>
/// Reentrant: what comes while the disk is busy is written together, which needs that calls come in while others wait.
/// Every change by a person passes here, so that one grain bounds how many there are, at some thousands a second; no
/// update or order of an agent does. It is placed anywhere and calls no other grain. Calls cannot be cancelled.
/// </para>
/// <para>
/// Where another activation has written the log, this one writes no more and signs nothing: its appends are refused by
/// the journal, and it ends.
/// </para>
/// </remarks>
[Reentrant, RandomPlacement, GrainType("fedlowrank.audit")]
[SuppressMessage("Design", "CA1001", Justification = "What it holds is disposed of when it is deactivated.")]
internal sealed class AuditGrain(GrainParts parts, ILoggerFactory logging) : Grain, IAuditGrain
{
    private const int PageEntries = 256;
    private const int PageBytes = 256 * 1024;
    private const string Signing = "signing the audit log";
    private static readonly TimeSpan SignEvery = TimeSpan.FromHours(1);

    private readonly ILogger logger = logging.CreateLogger<AuditGrain>();
    private readonly AskedOnce asked = new();
    private AuditService? opened;
    private Chore? chore;

    private AuditService Audit => opened!;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        opened = await AuditService.OpenAsync(
            parts.Journal, parts.Authority, parts.Time, logger, cancellationToken);
        chore = new(GrainContext, Signing, SignEvery, parts.Time, () => Audit.SignWhatIsNewAsync(), logger);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (opened is null || chore is null) return;
        await chore.DisposeAsync();
        if (reason.ReasonCode != DeactivationReasonCode.ApplicationError) await TrySignAsync(cancellationToken);
        await opened.DisposeAsync();
    }

    /// <inheritdoc/>
    public Task AppendAsync(Guid id, AuditDraft[] drafts) => asked.OnceAsync(id, () => Audit.AppendAsync(drafts));

    /// <inheritdoc/>
    public async Task<AuditPage> ReadAsync(long first)
    {
        var last = Audit.Last;
        var lines = new List<byte[]>();
        var bytes = 0L;
        await foreach (var line in Audit.ReadAsync(first))
        {
            lines.Add(line.ToArray());
            bytes += line.Length;
            if (lines.Count == PageEntries || bytes >= PageBytes) break;
        }

        return new([.. lines], last);
    }

    /// <inheritdoc/>
    public Task<SignedHead> SignAsync() => Audit.SignHeadAsync();

    /// <inheritdoc/>
    public async Task<AuditHeads> HeadsAsync(long first)
    {
        var (heads, next) = (new List<SignedHead>(), first);
        await foreach (var (number, head) in Audit.ReadHeadsAsync(first))
        {
            heads.Add(head);
            next = number + 1;
            if (heads.Count == PageEntries) break;
        }

        return new([.. heads], next);
    }

    private async Task TrySignAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Audit.SignWhatIsNewAsync(cancellationToken);
        }
        catch (Exception error)
        {
            HostLog.ChoreFailed(logger, Signing, error);
        }
    }
}
