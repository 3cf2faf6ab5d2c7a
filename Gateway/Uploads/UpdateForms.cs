using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Gateway.Uploads;

/// <summary>
/// The forms of the updates of the rounds in progress. To make one costs a read of the start's header, so the last few
/// are kept.
/// </summary>
internal sealed class UpdateForms(IBlobStore blobs)
{
    private const int KeptMax = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<(Key Key, UpdateForm Form)> kept = [];

    /// <summary>What an update of this attempt must look like.</summary>
    public async Task<UpdateForm> OfAsync(RunState state, RoundState round, CancellationToken cancellationToken)
    {
        var key = new Key(state.Id, round.Start, round.Id.Number);
        lock (gate)
        {
            if (kept.FirstOrDefault(entry => entry.Key == key) is { Form: { } known }) return known;
        }

        var reader = new CheckpointReader(blobs);
        var manifest = await reader.ReadManifestAsync(round.Start, cancellationToken);
        var shape = await reader.ReadShapeAsync(manifest, cancellationToken);
        var form = UpdateForm.Of(state.Plan.Round, round.Id.Number, shape);
        lock (gate)
        {
            kept.AddFirst((key, form));
            if (kept.Count > KeptMax) kept.RemoveLast();
        }

        return form;
    }

    private sealed record Key(RunId Run, BlobHash Start, int Round);
}
