using System.Runtime.CompilerServices;

namespace FedLowRank.Federation.Storage.Journals;

/// <summary>
/// Reads a stream page by page, so that no database is kept waiting for the reader, and hands out nothing but the next
/// number with its seal unbroken.
/// </summary>
internal static class EntryPages
{
    /// <summary>Entries of one page; they are all in memory at once.</summary>
    public const int PageEntries = 32;

    /// <param name="stream">To read.</param>
    /// <param name="first">The first number wanted.</param>
    /// <param name="read">
    /// The page of at most <see cref="PageEntries"/> entries from a number on; null where there is no such stream.
    /// </param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async IAsyncEnumerable<JournalEntry> ReadAsync(
        StreamName stream,
        long first,
        Func<long, CancellationToken, Task<EntryPage?>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(first);
        var next = first;
        var page = await read(next, cancellationToken);
        if (page is null) yield break;
        CheckEnds(stream, page);
        var (key, last) = (page.StreamKey, page.Last);
        while (next <= last)
        {
            if (page?.StreamKey != key) throw Gone(stream, next, "was deleted");
            if (next < page.First) throw Gone(stream, next, $"begins with {page.First}");
            if (page.Entries.Count == 0) throw Damaged(stream, next, "is missing");
            foreach (var entry in page.Entries)
            {
                Check(stream, next, entry);
                yield return new(next, entry.Payload);
                if (++next > last) yield break;
            }

            page = await read(next, cancellationToken);
        }
    }

    // A stream that says that it ends sooner than it does would lose its last entries without a word.
    private static void CheckEnds(StreamName stream, EntryPage page)
    {
        if ((page.Newest ?? page.First - 1) == page.Last) return;
        throw new JournalException(
            JournalError.Damaged,
            $"'{stream}' should end with entry {page.Last}; the last one there is {page.Newest}");
    }

    private static void Check(StreamName stream, long expected, StoredEntry entry)
    {
        if (entry.Number != expected) throw Damaged(stream, expected, $"is missing before {entry.Number}");
        if (!Seal.OfEntry(stream, expected, entry.Payload).AsSpan().SequenceEqual(entry.Seal))
            throw Damaged(stream, expected, "is not what was written");
    }

    private static JournalException Gone(StreamName stream, long number, string why) =>
        new(JournalError.Gone, $"entry {number} of '{stream}' is not there: the stream {why}");

    private static JournalException Damaged(StreamName stream, long number, string what) =>
        new(JournalError.Damaged, $"entry {number} of '{stream}' {what}");
}
