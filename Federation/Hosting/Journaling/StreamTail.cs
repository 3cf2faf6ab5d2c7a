using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Hosting.Journaling;

/// <summary>
/// The end of a stream that this server alone writes, one append at a time. An append that threw may have happened, so
/// the stream is read back before anything else is believed of it.
/// </summary>
internal sealed class StreamTail(IJournal journal, StreamName name)
{
    private bool isUnknown;

    /// <summary>Name of the stream.</summary>
    public StreamName Name => name;

    /// <summary>Number of the last entry; 0 where there is no stream.</summary>
    public long Last { get; private set; }

    /// <summary>
    /// True where nobody could find out what became of an append: the owner must read the stream again.
    /// </summary>
    public bool IsUnknown
    {
        get => Volatile.Read(ref isUnknown);
        private set => Volatile.Write(ref isUnknown, value);
    }

    /// <summary>Says that the owner has read the stream up to an entry.</summary>
    public void Known(long last) => (Last, IsUnknown) = (last, false);

    /// <summary>Appends; returns when the entries are durable.</summary>
    /// <exception cref="StreamConflictException">Another writer is at work.</exception>
    /// <exception cref="JournalException">
    /// Nothing was stored, unless <see cref="IsUnknown"/> says otherwise.
    /// </exception>
    public async Task AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        if (IsUnknown) throw new InvalidOperationException($"'{name}' must be read again before it is appended to");
        AppendResult result;
        try
        {
            result = await journal.AppendAsync(name, Last, entries);
        }
        catch (Exception)
        {
            IsUnknown = true;
            var hasHappened = await HasHappenedAsync(entries);
            IsUnknown = false;
            if (!hasHappened) throw;
            Last += entries.Count;
            return;
        }

        Last = result switch
        {
            AppendResult.Appended appended => appended.Last,
            AppendResult.Conflict conflict => throw Conflict(conflict.Last),
            _ => throw new System.Diagnostics.UnreachableException(result.GetType().Name),
        };
    }

    /// <summary>Looks whether the stream still ends where it is known to end.</summary>
    /// <exception cref="StreamConflictException">Another writer is at work.</exception>
    public async Task RequireLastAsync()
    {
        var last = (await journal.FindAsync(name))?.Last ?? 0;
        if (!IsUnknown && last != Last) throw Conflict(last);
    }

    private async Task<bool> HasHappenedAsync(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var found = 0;
        await foreach (var entry in journal.ReadAsync(name, Last + 1))
        {
            if (found >= entries.Count || !entry.Payload.Span.SequenceEqual(entries[found].Span))
                throw Conflict(entry.Number);
            found++;
        }

        // All or none, so a part of them would be another writer's.
        if (found > 0 && found < entries.Count) throw Conflict(Last + found);
        return found > 0;
    }

    /// <summary>What there is, is known, and no reading of it again makes it this server's.</summary>
    private StreamConflictException Conflict(long last)
    {
        IsUnknown = false;
        return new(name, Last, last);
    }
}
