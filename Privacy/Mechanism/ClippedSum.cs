namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Sum of clipped gradients without noise: private data in the clear. It can be read by nobody; all that can be done
/// with it is to add noise, once.
/// </summary>
public sealed class ClippedSum
{
    private readonly ClipNorm clip;
    private double[]? steps;

    /// <summary>Takes ownership of the sum.</summary>
    /// <param name="steps">The sum as whole multiples of the grid, below 2^52 in size.</param>
    /// <param name="gridExponent">The grid is 2^gridExponent.</param>
    /// <param name="clip">Largest norm of one example's part in the sum.</param>
    internal ClippedSum(double[] steps, int gridExponent, ClipNorm clip)
    {
        this.steps = steps;
        GridExponent = gridExponent;
        this.clip = clip;
    }

    /// <summary>The grid of the sum is 2^GridExponent.</summary>
    internal int GridExponent { get; }

    /// <summary>The sum in grid steps; empty once noise was added. For tests of the exact sum.</summary>
    internal ReadOnlySpan<double> Steps => steps;

    /// <summary>
    /// Adds Gaussian noise of standard deviation sigma C to each value: the Gaussian mechanism. Uses up the sum, as a
    /// second noisy copy would be a second release.
    /// </summary>
    /// <param name="sigma">Noise multiplier; the privacy cost follows from it alone.</param>
    /// <param name="random">The operating system's cryptographic generator, except in tests.</param>
    /// <exception cref="InvalidOperationException">Noise was added to this sum before.</exception>
    /// <remarks>
    /// Against attacks on floating-point noise (Mironov 2012; Jin et al., arXiv 2112.05307; Haney et al.,
    /// arXiv 2207.13793) the noisy value is rounded to a grid of 2^-20 to 2^-19 sigma C: coarser by a factor of 2^6 or
    /// more than any rounding before it, so the low bits, in which such attacks read, are not released. This is a
    /// mitigation, not a proof: the noise is a rounded continuous Gaussian, not an exact discrete one.
    /// </remarks>
    public NoisedSum AddNoise(NoiseMultiplier sigma, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        ArgumentNullException.ThrowIfNull(random);
        var values = Interlocked.Exchange(ref steps, null)
            ?? throw new InvalidOperationException("noise was already added to this sum");

        var deviation = sigma.Value * clip.Value;
        var releaseExponent = Math.ILogB(deviation) - 19;
        var fineGrid = Math.ScaleB(1, GridExponent - releaseExponent);
        var releaseGrid = Math.ScaleB(1, releaseExponent);
        var deviationInGrid = deviation / releaseGrid;
        Span<double> noise = stackalloc double[GaussianNoise.Block];
        for (var start = 0; start < values.Length; start += noise.Length)
        {
            GaussianNoise.Fill(noise, random);
            var block = values.AsSpan(start, Math.Min(noise.Length, values.Length - start));
            for (var i = 0; i < block.Length; i++)
            {
                block[i] = Math.Round(block[i] * fineGrid + noise[i] * deviationInGrid) * releaseGrid;
            }
        }

        return new NoisedSum(values, clip, sigma);
    }
}
