using System.Numerics;
using FedLowRank.Training.Models;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Cosines and sines of rotary positions, F32, computed in float64; the table grows with the longest example. Turns
/// each head's pairs (i, i + d_h / 2), the layout of Hugging Face's weights (arXiv 2104.09864, eq. 34, with the pairs'
/// members apart).
/// </summary>
internal sealed class RotaryTable(RotaryConfig config, int headSize, Device device) : IDisposable
{
    private readonly double[] frequencies = config.Frequencies(headSize);
    private Tensor? cosines;
    private Tensor? sines;
    private int positions;

    /// <summary>Turns the rows of position 0 to T - 1.</summary>
    /// <param name="x">n x heads x T x d_h.</param>
    public Tensor Turn(Tensor x)
    {
        var (tokens, half) = (x.shape[2], x.shape[3] / 2);
        Reserve((int)tokens);
        var (cosine, sine) = (cosines!.narrow(0, 0, tokens), sines!.narrow(0, 0, tokens));
        var wide = x.to(ScalarType.Float32);
        var (left, right) = (wide.narrow(-1, 0, half), wide.narrow(-1, half, half));
        return cat(
            [left.mul(cosine).sub(right.mul(sine)), right.mul(cosine).add(left.mul(sine))], -1).to(x.dtype);
    }

    public void Dispose()
    {
        cosines?.Dispose();
        sines?.Dispose();
    }

    private void Reserve(int count)
    {
        if (count <= positions)
        {
            return;
        }

        // What is there stays until both new ones are: memory may run out between, and the scope then frees the first.
        using var scope = NewDisposeScope();
        var next = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        var (nextCosines, nextSines) = (Table(next, Math.Cos), Table(next, Math.Sin));
        Dispose();
        (positions, cosines, sines) =
            (next, nextCosines.DetachFromDisposeScope(), nextSines.DetachFromDisposeScope());
    }

    private Tensor Table(int count, Func<double, double> function)
    {
        var half = frequencies.Length;
        var values = new float[count * half];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)function(i / half * frequencies[i % half]);
        }

        // In libtorch's own memory, as all that stays: see HostValues.
        return tensor(values, [count, half], ScalarType.Float32, device).clone();
    }
}
