using System.Collections.Concurrent;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>
/// The signatures of one run's checkpoints, in a stream of their own. A checkpoint is signed once: whoever asks again
/// gets the same signature.
/// </summary>
internal sealed class CheckpointBook(
    RunId run, IJournal journal, CertificateAuthority authority, TimeProvider time) : IDisposable
{
    private readonly StreamTail tail = new(journal, new($"checkpoints/{run}"));
    private readonly SemaphoreSlim turn = new(1);
    private readonly ConcurrentDictionary<BlobHash, SignedCheckpoint> signed = [];
    private bool isLoaded;

    /// <summary>The signature of a checkpoint; durable, and made where there is none.</summary>
    public async Task<SignedCheckpoint> SignAsync(BlobHash manifest, CancellationToken cancellationToken)
    {
        if (signed.TryGetValue(manifest, out var known)) return known;
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (!isLoaded || tail.IsUnknown) await LoadAsync(cancellationToken);
            if (signed.TryGetValue(manifest, out known)) return known;
            var fresh = CheckpointSignatures.Sign(run, manifest, authority, time.GetUtcNow());
            await tail.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(fresh, WireJson.Default.SignedCheckpoint)]);
            signed[manifest] = fresh;
            return fresh;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var last = 0L;
        await foreach (var entry in journal.ReadAsync(tail.Name, 1, cancellationToken))
        {
            var read = JsonSerializer.Deserialize(entry.Payload.Span, WireJson.Default.SignedCheckpoint)
                ?? throw new JsonException($"entry {entry.Number} of '{tail.Name}' is null");
            signed[read.Manifest] = read;
            last = entry.Number;
        }

        tail.Known(last);
        isLoaded = true;
    }
}
