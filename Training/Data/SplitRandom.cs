namespace FedLowRank.Training.Data;

/// <summary>
/// Repeatable numbers for splitting public data among simulated agents: SplitMix64 (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", 2014). It is written out because <see cref="Random"/> does not promise
/// the same numbers in later versions of .NET. Anybody can predict it: never for noise or for sampling a private batch.
/// </summary>
internal sealed class SplitRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>A whole number below the bound.</summary>
    public int Below(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    /// <summary>Fisher-Yates.</summary>
    public T[] Shuffled<T>(IEnumerable<T> items)
    {
        T[] shuffled = [.. items];
        for (var last = shuffled.Length - 1; last > 0; last--)
        {
            var other = Below(last + 1);
            (shuffled[last], shuffled[other]) = (shuffled[other], shuffled[last]);
        }
        return shuffled;
    }

    /// <summary>
    /// A draw from the symmetric Dirichlet distribution of the given dimension: normalised Gamma(alpha) draws. They
    /// are kept as logarithms, as Gamma draws of small alpha underflow.
    /// </summary>
    public double[] Dirichlet(double alpha, int dimension)
    {
        var logs = new double[dimension];
        for (var i = 0; i < dimension; i++) logs[i] = LogGamma(alpha);
        var max = logs.Max();
        var weights = Array.ConvertAll(logs, log => Math.Exp(log - max));
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    /// <summary>
    /// Logarithm of a Gamma(shape, 1) draw: Marsaglia and Tsang, "A simple method for generating gamma variables"
    /// (2000), for shape + 1, times U^(1 / shape) (their section 6).
    /// </summary>
    private double LogGamma(double shape)
    {
        var d = shape + 1 - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());
            var root = 1 + c * normal;
            if (root <= 0) continue;
            var v = root * root * root;
            if (Math.Log(Uniform()) < 0.5 * normal * normal + d - d * v + d * Math.Log(v))
                return Math.Log(d * v) + Math.Log(Uniform()) / shape;
        }
    }

    /// <summary>Uniform above 0 and up to 1, in steps of 2^-53.</summary>
    private double Uniform() => ((NextBits() >> 11) + 1) * (1.0 / (1UL << 53));

    private ulong NextBits()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
