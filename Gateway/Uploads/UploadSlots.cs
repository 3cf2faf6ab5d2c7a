using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Gateway.Uploads;

/// <summary>How many uploads are worked on at once, and which of a sender's lie unfinished.</summary>
internal sealed class UploadSlots(GatewayOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<UploadId>> unfinished = new(StringComparer.Ordinal);
    private int total;

    /// <summary>Leave to receive or check an upload; null where there are too many. To be disposed of.</summary>
    public IDisposable? TryEnter(string sender)
    {
        lock (gate)
        {
            var own = busy.GetValueOrDefault(sender);
            if (total >= options.Limits.UploadsMax || own >= options.Limits.UploadsPerSenderMax) return null;
            total++;
            busy[sender] = own + 1;
        }

        return new Slot(this, sender);
    }

    /// <summary>Remembers an upload that a sender begins.</summary>
    /// <returns>
    /// The one that it began before and that is too many; null where none is. What a stopped server forgets here is
    /// left to the expiry of uploads.
    /// </returns>
    public UploadId? Begin(string sender, UploadId upload)
    {
        lock (gate)
        {
            if (!unfinished.TryGetValue(sender, out var own)) unfinished[sender] = own = [];
            own.Remove(upload);
            own.Add(upload);
            if (own.Count <= options.Limits.UnfinishedPerSenderMax) return null;
            var oldest = own[0];
            own.RemoveAt(0);
            return oldest;
        }
    }

    /// <summary>Forgets an upload that is complete.</summary>
    public void End(string sender, UploadId upload)
    {
        lock (gate)
        {
            if (unfinished.TryGetValue(sender, out var own) && own.Remove(upload) && own.Count == 0)
                unfinished.Remove(sender);
        }
    }

    private void Leave(string sender)
    {
        lock (gate)
        {
            total--;
            if (--busy[sender] == 0) busy.Remove(sender);
        }
    }

    private sealed class Slot(UploadSlots slots, string sender) : IDisposable
    {
        private int isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isLeft, 1) == 0) slots.Leave(sender);
        }
    }
}
