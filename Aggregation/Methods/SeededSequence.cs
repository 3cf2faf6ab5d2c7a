namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// A sequence of random numbers from a public seed: the same bits on every machine, since it uses nothing but integer
/// operations and the float64 operations that IEEE 754 rounds correctly. It serves public starts. It is predictable by
/// design and no source of private noise.
/// </summary>
/// <remarks>
/// Generator: xoshiro256** 1.0 (Blackman and Vigna, arXiv 1805.01407), its state filled by SplitMix64 from the seed and
/// the 64-bit FNV-1a hash of the purpose, so that each tensor draws from a sequence of its own, whatever the order.
/// </remarks>
public sealed class SeededSequence
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>Creates the sequence for one purpose, for example a tensor's name.</summary>
    public SeededSequence(ulong seed, string purpose)
    {
        var mixer = seed;
        mixer = SplitMix(ref mixer) ^ Hash(purpose);
        s0 = SplitMix(ref mixer);
        s1 = SplitMix(ref mixer);
        s2 = SplitMix(ref mixer);
        s3 = SplitMix(ref mixer);
    }

    /// <summary>Uniform 64 bits.</summary>
    public ulong NextBits()
    {
        var result = ulong.RotateLeft(s1 * 5, 7) * 9;
        var shifted = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= shifted;
        s3 = ulong.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Uniform on the odd multiples of 2^-53 between -1 and 1: symmetric and never 0.</summary>
    public double NextSymmetric() => ((2 * (long)(NextBits() >> 11)) + 1 - (1L << 53)) * Math.ScaleB(1.0, -53);

    /// <summary>Standard normal, by Marsaglia's polar method (SIAM Review 6(3), 1964), one of each pair used.</summary>
    public double NextNormal()
    {
        while (true)
        {
            var x = NextSymmetric();
            var y = NextSymmetric();
            var square = (x * x) + (y * y);
            if (square < 1)
            {
                return x * Math.Sqrt(-2 * Log(square) / square);
            }
        }
    }

    /// <summary>
    /// Natural logarithm of a positive normal number to about 1e-16, since the library's differs by platform: with
    /// z = m 2^e, 0.707 &lt; m &lt;= 1.414 and u = (m - 1) / (m + 1),
    /// log z = e log 2 + 2 (u + u^3 / 3 + u^5 / 5 + ...).
    /// </summary>
    private static double Log(double z)
    {
        var exponent = Math.ILogB(z);
        var m = Math.ScaleB(z, -exponent);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            exponent++;
        }

        var u = (m - 1) / (m + 1);
        var square = u * u; // at most 0.0295, so the term of u^23 is below 1e-18
        var series = 0.0;
        for (var power = 23; power >= 1; power -= 2)
        {
            series = (series * square) + (1.0 / power);
        }

        return (exponent * 0.69314718055994531) + (2 * u * series);
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var character in text)
        {
            hash = (hash ^ (byte)character) * 0x100000001B3;
            hash = (hash ^ (byte)(character >> 8)) * 0x100000001B3;
        }

        return hash;
    }
}
