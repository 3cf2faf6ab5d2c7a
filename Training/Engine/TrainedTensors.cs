using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Training.Engine;

/// <summary>Which tensors a round trains, and that each of them is one of the adapter's.</summary>
internal sealed class TrainedTensors(TensorLayout trainables)
{
    private readonly HashSet<string> claimed = new(StringComparer.Ordinal);

    /// <summary>Where a tensor begins in the flat vector, or -1 where it is frozen.</summary>
    /// <exception cref="ArgumentException">The trainable of that name has another shape.</exception>
    public int OffsetOf(TensorSpec spec)
    {
        var index = trainables.IndexOf(spec.Name);
        if (index < 0)
        {
            return -1;
        }

        if (trainables.Tensors[index] != spec)
        {
            throw new ArgumentException(
                $"trainable {spec.Name} has another shape than the adapter's, {spec.Rows} x {spec.Columns}",
                nameof(spec));
        }

        claimed.Add(spec.Name);
        return trainables.Offsets[index];
    }

    /// <exception cref="ArgumentException">A trainable was never asked for.</exception>
    public void RequireAllClaimed()
    {
        if (trainables.Tensors.FirstOrDefault(t => !claimed.Contains(t.Name)) is { } stranger)
        {
            throw new ArgumentException($"trainable {stranger.Name} is no tensor of the adapter", nameof(trainables));
        }
    }
}
