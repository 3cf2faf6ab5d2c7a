using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// Looks at an uploaded update once, from its first byte to its last or its first fault. What it holds in memory does
/// not grow with the update.
/// </summary>
public static class UpdateScreening
{
    /// <summary>Inspects an update; for <see cref="Storage.Blobs.IBlobStore.CompleteUploadAsync"/>.</summary>
    /// <param name="form">What the update must look like.</param>
    /// <param name="content">The file, forward only. After a fault the rest is left unread.</param>
    /// <param name="isPrivate">Whether the run is private: then nothing derived from data is told.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>
    /// The first fault in the order of the file, or <see cref="ScreeningVerdict.Clean"/>; of a clean update in a run
    /// that is not private the L2 norm, summed in the order of the file; and of a clean update its sections.
    /// </returns>
    public static async Task<ScreenedUpdate> InspectAsync(
        UpdateForm form, Stream content, bool isPrivate, CancellationToken cancellationToken = default)
    {
        if (!await form.IsHeaderOfAsync(content, cancellationToken)) return Faulty(ScreeningVerdict.MisShaped);
        var squares = 0.0;
        var digests = new List<BlobHash>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            await foreach (var block in SafetensorsReader.ReadFileAsync(content, form.Header, cancellationToken))
            {
                var grid = form.Grid.Tensors[form.Grid.Layout.IndexOf(block.Tensor.Name)];
                var verdict = Look(grid, block, isPrivate, ref squares);
                if (verdict != ScreeningVerdict.Clean) return Faulty(verdict);
                hash.AppendData(block.Bytes.Span);
                if (block.FirstIndex + block.Count == block.Tensor.Count)
                    digests.Add(BlobHash.Of(hash.GetHashAndReset()));
            }
        }
        catch (SafetensorsException)
        {
            // The file ends early, or goes on after its last tensor.
            return Faulty(ScreeningVerdict.MisShaped);
        }

        return new(
            new(ScreeningVerdict.Clean, isPrivate ? null : Math.Sqrt(squares)),
            new(form.HeaderHash, digests.ToValueList()));
    }

    private static ScreenedUpdate Faulty(ScreeningVerdict verdict) => new(new(verdict, Norm: null), Sections: null);

    private static ScreeningVerdict Look(TensorGrid grid, SafetensorsBlock block, bool isPrivate, ref double squares)
    {
        var values = F32Values.Of(block.Tensor, block.Bytes.Span);
        var verdict = grid.Holds(values) ? ScreeningVerdict.Clean : FirstFault(grid, values);
        if (!isPrivate) squares = AddSquares(squares, values);
        return verdict;
    }

    private static ScreeningVerdict FirstFault(TensorGrid grid, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            // Exact: a float times a power of two, in float64.
            var steps = value / grid.Step;
            if (!float.IsFinite(value)) return ScreeningVerdict.NotFinite;
            if (Math.Abs(steps) > grid.StepsMax) return ScreeningVerdict.OutOfBound;
            if (Math.Truncate(steps) != steps) return ScreeningVerdict.OffGrid;
        }

        return ScreeningVerdict.Clean;
    }

    // One by one, so that the norm is the same bits whatever the SIMD width.
    private static double AddSquares(double sum, ReadOnlySpan<float> values)
    {
        foreach (var value in values) sum += (double)value * value;
        return sum;
    }
}
