using System.Runtime.CompilerServices;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>The audit log on a journal: one writer, and whatever waits together is made durable together.</summary>
internal sealed class AuditService : IAuditService, IAuditSink, IAsyncDisposable
{
    private static readonly StreamName EntriesName = new("audit");
    private static readonly StreamName HeadsName = new("audit-heads");

    private readonly IJournal journal;
    private readonly CertificateAuthority authority;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly StreamTail entries;
    private readonly StreamTail heads;
    private readonly SemaphoreSlim signing = new(1);
    private readonly Mailbox<Waiting> mailbox;
    private AuditHead head = AuditHead.Empty;
    private long signedSequence;

    private AuditService(IJournal journal, CertificateAuthority authority, TimeProvider time, ILogger logger)
    {
        (this.journal, this.authority, this.time, this.logger) = (journal, authority, time, logger);
        (entries, heads) = (new(journal, EntriesName), new(journal, HeadsName));
        mailbox = new(WriteAsync);
    }

    /// <summary>Opens the log and looks where it ends.</summary>
    /// <exception cref="JournalException">
    /// The end of the log is damaged, or the log is not what the authority signed last: somebody has cut it.
    /// </exception>
    /// <exception cref="System.Text.Json.JsonException">The last word of the authority is not of its form.</exception>
    public static async Task<AuditService> OpenAsync(
        IJournal journal, CertificateAuthority authority, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
    {
        var audit = new AuditService(journal, authority, time, logger);
        await audit.FindEndAsync(cancellationToken);
        await audit.FindSignedAsync(cancellationToken);
        await audit.RequireSignedAsync(cancellationToken);
        return audit;
    }

    /// <summary>Number of the last durable entry; 0 where there is none.</summary>
    public long Last => Volatile.Read(ref head).Sequence;

    /// <inheritdoc/>
    public Task AppendAsync(AuditDraft draft, CancellationToken cancellationToken = default) =>
        AppendAsync([draft], cancellationToken);

    /// <inheritdoc/>
    public async Task AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken = default)
    {
        if (drafts.Count == 0) return;
        var waiting = new Waiting(drafts);
        ObjectDisposedException.ThrowIf(!mailbox.TrySend(waiting), this);
        await waiting.Written.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task TryTellFailedAsync(IEnumerable<AuditDraft> announced) =>
        Audits.TryTellFailedAsync(this, announced, logger);

    /// <inheritdoc/>
    public Task<long> LastAsync(CancellationToken cancellationToken = default) => Task.FromResult(Last);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        long first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in journal.ReadAsync(EntriesName, first, cancellationToken))
            yield return entry.Payload;
    }

    /// <inheritdoc/>
    public async Task<SignedHead> SignHeadAsync(CancellationToken cancellationToken = default)
    {
        await signing.WaitAsync(cancellationToken);
        try
        {
            if (heads.IsUnknown) await FindSignedAsync(cancellationToken);
            var signed = AuditLog.Sign(Volatile.Read(ref head), authority, time.GetUtcNow());
            await heads.AppendAsync([AuditJson.Write(signed)]);
            signedSequence = signed.Head.Sequence;
            return signed;
        }
        finally
        {
            signing.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SignedHead>> SignedHeadsAsync(CancellationToken cancellationToken = default)
    {
        var all = new List<SignedHead>();
        await foreach (var (_, signed) in ReadHeadsAsync(1, cancellationToken)) all.Add(signed);
        return all;
    }

    /// <summary>The words of the authority from a number on, until the last there is now, with their numbers.</summary>
    public async IAsyncEnumerable<(long Number, SignedHead Head)> ReadHeadsAsync(
        long first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var entry in journal.ReadAsync(HeadsName, first, cancellationToken))
            yield return (entry.Number, AuditJson.ReadHead(entry.Payload.Span));
    }

    /// <summary>Signs the end of the log where something was written since it was signed last.</summary>
    public async Task SignWhatIsNewAsync(CancellationToken cancellationToken = default)
    {
        if (Last > Volatile.Read(ref signedSequence))
            await SignHeadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => mailbox.DisposeAsync();

    private async Task WriteAsync(IReadOnlyList<Waiting> batch)
    {
        try
        {
            if (entries.IsUnknown) await FindEndAsync(CancellationToken.None);
            var (next, now) = (head, time.GetUtcNow());
            var lines = new List<ReadOnlyMemory<byte>>();
            foreach (var draft in batch.SelectMany(waiting => waiting.Drafts))
            {
                var line = AuditJson.Write(AuditLog.Next(next, draft, now));
                next = new(next.Sequence + 1, AuditJson.HashOf(line));
                lines.Add(line);
            }

            await entries.AppendAsync(lines);
            Volatile.Write(ref head, next);
            foreach (var waiting in batch) waiting.Written.SetResult();
        }
        catch (Exception error)
        {
            foreach (var waiting in batch) waiting.Written.TrySetException(error);
        }
    }

    private async Task FindEndAsync(CancellationToken cancellationToken)
    {
        var (last, found) = await ReadLastAsync(EntriesName, cancellationToken);
        head = found is { } line ? new(last, AuditJson.HashOf(line.Span)) : AuditHead.Empty;
        entries.Known(last);
    }

    private async Task FindSignedAsync(CancellationToken cancellationToken)
    {
        var (last, found) = await ReadLastAsync(HeadsName, cancellationToken);
        signedSequence = found is { } line ? AuditJson.ReadHead(line.Span).Head.Sequence : 0;
        heads.Known(last);
    }

    // Without this the next signature would make a log that was cut as good as a whole one.
    private async Task RequireSignedAsync(CancellationToken cancellationToken)
    {
        if (signedSequence == 0) return;
        var (_, found) = await ReadLastAsync(HeadsName, cancellationToken);
        var signed = AuditJson.ReadHead(found!.Value.Span);
        await foreach (var entry in journal.ReadAsync(EntriesName, signedSequence, cancellationToken))
        {
            if (AuditLog.IsGenuine(signed, authority.Certificate) &&
                AuditJson.HashOf(entry.Payload.Span) == signed.Head.Hash) return;
            break;
        }

        throw new JournalException(
            JournalError.Damaged,
            $"the audit log, of {head.Sequence} entries, is not the one that the authority signed at {signedSequence}; "
            + "restore the journal from a copy");
    }

    private async Task<(long Last, ReadOnlyMemory<byte>? Line)> ReadLastAsync(
        StreamName stream, CancellationToken cancellationToken)
    {
        var summary = await journal.FindAsync(stream, cancellationToken);
        if (summary is null) return (0, null);
        ReadOnlyMemory<byte>? line = null;
        await foreach (var entry in journal.ReadAsync(stream, summary.Last, cancellationToken)) line = entry.Payload;
        return (summary.Last, line);
    }

    private sealed class Waiting(IReadOnlyList<AuditDraft> drafts)
    {
        public IReadOnlyList<AuditDraft> Drafts { get; } = drafts;

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
