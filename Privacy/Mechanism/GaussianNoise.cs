using System.Runtime.InteropServices;

namespace FedLowRank.Privacy.Mechanism;

/// <summary>Standard normal values from uniform bits.</summary>
internal static class GaussianNoise
{
    /// <summary>Values made from one read of the random source.</summary>
    public const int Block = 512;

    /// <summary>
    /// Overwrites the block with independent N(0, 1) values by Box and Muller (1958):
    /// sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v). With 64 bits in u the tails reach 9.4; what lies beyond has
    /// probability 2^-64.
    /// </summary>
    /// <param name="values">Exactly <see cref="Block"/> values.</param>
    /// <param name="random">Source of uniform bits.</param>
    public static void Fill(Span<double> values, IRandomSource random)
    {
        Span<ulong> bits = stackalloc ulong[Block];
        random.Fill(MemoryMarshal.AsBytes(bits));
        for (var i = 0; i < Block; i += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(Uniform(bits[i])));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform(bits[i + 1]));
            values[i] = radius * cosine;
            values[i + 1] = radius * sine;
        }
    }

    /// <summary>Centre of the k-th of 2^64 equal parts of (0, 1]; never 0, of which there is no logarithm.</summary>
    private static double Uniform(ulong k) => Math.ScaleB(k + 0.5, -64);
}
