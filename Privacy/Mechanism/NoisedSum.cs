namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Sum of clipped gradients with Gaussian noise. Whatever is computed from it costs no further privacy
/// (post-processing).
/// </summary>
public sealed class NoisedSum
{
    private readonly double[] values;

    /// <summary>Takes ownership of the values.</summary>
    internal NoisedSum(double[] values, ClipNorm clip, NoiseMultiplier sigma)
    {
        this.values = values;
        Clip = clip;
        Sigma = sigma;
    }

    /// <summary>Largest norm of one example's part in the sum.</summary>
    public ClipNorm Clip { get; }

    /// <summary>The noise has standard deviation Sigma x Clip in each value.</summary>
    public NoiseMultiplier Sigma { get; }

    /// <summary>The noised sum, flat, in the order of the rows.</summary>
    public ReadOnlySpan<double> Values => values;
}
