using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Work;

/// <summary>
/// Whether the lists of sections of a checkpoint's updates are what the updates give. A sum made by a list says no more
/// than the list, so an audit trusts none.
/// </summary>
internal static class SectionsCheck
{
    /// <summary>Reads the updates that have a list from their first byte to their last.</summary>
    /// <param name="blobs">Where from.</param>
    /// <param name="manifest">Of the checkpoint.</param>
    /// <param name="start">The checkpoint before.</param>
    /// <param name="round">The attempt that made it.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="WorkException">
    /// An update or its list is missing, damaged or not of the round, or the list is another's.
    /// </exception>
    /// <exception cref="CheckpointException">The start is missing or damaged.</exception>
    public static async Task RequireAsync(
        IBlobStore blobs, CheckpointManifest manifest, BlobHash start, RoundId round,
        CancellationToken cancellationToken)
    {
        var reader = new CheckpointReader(blobs);
        var shape = await reader.CheckPartsAsync(
            await reader.ReadManifestAsync(start, cancellationToken), cancellationToken);
        var form = FormOf(manifest, round, shape);
        foreach (var update in manifest.Updates)
        {
            if (update.Sections is not { } sections) continue;
            try
            {
                await RequireAsync(blobs, form, update, sections, cancellationToken);
            }
            catch (Exception error) when (
                error is WorkException or CheckpointException or BlobException or SafetensorsException or IOException)
            {
                throw new WorkException(
                    $"update {update.Update} of {update.Agent} and its list of sections {sections}: {error.Message}",
                    error);
            }
        }
    }

    private static async Task RequireAsync(
        IBlobStore blobs, UpdateForm form, FrozenUpdate update, BlobHash sections, CancellationToken cancellationToken)
    {
        await using var file = await blobs.OpenVerifiedAsync(update.Update, cancellationToken);
        var seen = await UpdateScreening.InspectAsync(form, file, isPrivate: true, cancellationToken);
        if (seen.Sections is not { } list) throw new WorkException($"the update is {seen.Screening.Verdict}");
        if (list.StoredHash() is var expected && expected != sections)
            throw new WorkException($"the update's list is {expected}");
        await UpdateSections.LoadAsync(blobs, sections, form, cancellationToken);
    }

    private static UpdateForm FormOf(CheckpointManifest manifest, RoundId round, AdapterShape shape)
    {
        try
        {
            return UpdateForm.Of(manifest.Plan.Round, round.Number, shape);
        }
        catch (ArgumentException error)
        {
            throw new WorkException(error.Message, error);
        }
    }
}
