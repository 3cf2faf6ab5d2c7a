namespace FedLowRank.Training.Models;

/// <summary>
/// Rotary positions (RoFormer, arXiv 2104.09864, section 3.2.2): the pair i of a head of width h turns by
/// position * f_i with f_i = theta^(-2i/h), or by a slower f_i where the context was stretched after pre-training.
/// </summary>
public sealed record RotaryConfig
{
    /// <summary>theta (<c>rope_theta</c>).</summary>
    public required double Theta { get; init; }

    /// <summary>How frequencies are scaled (<c>rope_scaling</c>).</summary>
    public RotaryScaling Scaling { get; init; }

    /// <summary>What frequencies are divided by (<c>factor</c>); 1 without scaling.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>
    /// For <see cref="RotaryScaling.Llama3"/>: frequencies that turn less often than this in the original context are
    /// divided by the factor (<c>low_freq_factor</c>).
    /// </summary>
    public double LowFrequencyFactor { get; init; }

    /// <summary>
    /// For <see cref="RotaryScaling.Llama3"/>: frequencies that turn more often than this in the original context stay
    /// (<c>high_freq_factor</c>); between the two, a straight line.
    /// </summary>
    public double HighFrequencyFactor { get; init; }

    /// <summary>
    /// For <see cref="RotaryScaling.Llama3"/>: tokens of the original context
    /// (<c>original_max_position_embeddings</c>).
    /// </summary>
    public int OriginalPositions { get; init; }

    /// <summary>f_i for i from 0 to headSize / 2 - 1, in radians for each position.</summary>
    public double[] Frequencies(int headSize)
    {
        var frequencies = new double[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Scaled(Math.Pow(Theta, -2.0 * i / headSize));
        }

        return frequencies;
    }

    private double Scaled(double frequency)
    {
        if (Scaling != RotaryScaling.Llama3)
        {
            return frequency / Factor;
        }

        var turns = OriginalPositions * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / Factor);
    }
}
