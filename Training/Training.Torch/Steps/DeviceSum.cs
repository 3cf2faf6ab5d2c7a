using FedLowRank.Privacy.Mechanism;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Steps;

/// <summary>
/// Clips per-example gradients by a <see cref="ClippingRule"/> and adds them, or just adds them, in float64 on the
/// device: only the sum and the counts cross to the host. Works on some columns at a time, so that float64 copies stay
/// small.
/// </summary>
internal sealed class DeviceSum : IDisposable
{
    /// <summary>Values that are held in float64 at a time.</summary>
    internal const long ChunkValuesMax = 1 << 22;

    private readonly ClippingRule? rule;
    private readonly Tensor sum;
    private RowCounts counts;

    public DeviceSum(ClippingRule? rule, int dimension, Device device)
    {
        this.rule = rule;
        sum = zeros(dimension, ScalarType.Float64, device).DetachFromDisposeScope();
    }

    /// <summary>Adds rows. Where this throws, the sum is what it was.</summary>
    /// <param name="rows">n x dimension, F32.</param>
    /// <param name="examples">How many of them, from the first, count.</param>
    public void Add(Tensor rows, int examples)
    {
        using var scope = NewDisposeScope();
        var block = empty_like(sum);
        var added = new RowCounts(examples, 0, 0);
        if (rule == null)
        {
            var counting = rows.narrow(0, 0, examples);
            foreach (var (start, count) in Chunks(examples))
            {
                using var inner = NewDisposeScope();
                block.narrow(0, start, count).copy_(Wide(counting, start, count).sum(dim: 0L));
            }
        }
        else
        {
            var (factor, isFinite) = Factors(rows, rule);
            var whole = isFinite.narrow(0, 0, examples);
            added = added with
            {
                NonFinite = examples - (int)whole.sum().item<long>(),
                Clipped = (int)factor.narrow(0, 0, examples).less(1).logical_and(whole).sum().item<long>(),
            };
            var isDropped = isFinite.logical_not();
            isDropped.narrow(0, examples, rows.shape[0] - examples).fill_(true);
            var scale = factor.mul(Math.ScaleB(1, -rule.GridExponent)).unsqueeze(1);
            foreach (var (start, count) in Chunks(rows.shape[0]))
            {
                using var inner = NewDisposeScope();
                var terms = Wide(rows, start, count).mul_(scale).trunc_().masked_fill_(isDropped.unsqueeze(1), 0);
                block.narrow(0, start, count).copy_(terms.sum(dim: 0L));
            }
        }

        sum.add_(block);
        counts = new RowCounts(
            counts.Examples + added.Examples, counts.Clipped + added.Clipped, counts.NonFinite + added.NonFinite);
    }

    /// <summary>Gives the sum to a sink.</summary>
    public void HandOver(IGradientSum sink)
    {
        using var scope = NewDisposeScope();
        sink.AddSum(sum.cpu().data<double>().ToArray(), counts);
    }

    public void Dispose() => sum.Dispose();

    /// <summary>min(1, C / norm) for each example, and whether its squares sum to a finite number.</summary>
    private (Tensor Factor, Tensor IsFinite) Factors(Tensor rows, ClippingRule clipping)
    {
        var squares = zeros(rows.shape[0], ScalarType.Float64, rows.device);
        foreach (var (start, count) in Chunks(rows.shape[0]))
        {
            using var inner = NewDisposeScope();
            squares.add_(Wide(rows, start, count).square().sum(dim: 1L));
        }

        var norm = squares.sqrt().mul_(clipping.NormSlack);
        return (full_like(norm, clipping.Clip.Value).div_(norm).clamp_max_(1), squares.isfinite());
    }

    private static Tensor Wide(Tensor rows, long start, long count) =>
        rows.narrow(1, start, count).to(ScalarType.Float64);

    private IEnumerable<(long Start, long Count)> Chunks(long examples)
    {
        var (dimension, step) = (sum.shape[0], Math.Max(1, ChunkValuesMax / examples));
        for (var start = 0L; start < dimension; start += step)
        {
            yield return (start, Math.Min(step, dimension - start));
        }
    }
}
