namespace FedLowRank.Training.Quantization;

/// <summary>
/// The sixteen values of 4-bit NormalFloat: quantiles of a normal distribution, scaled to [-1, 1], one of them exactly
/// 0 (QLoRA, arXiv 2305.14314, appendix E).
/// </summary>
public static class NormalFloat
{
    /// <summary>Code of 0.</summary>
    public const byte Zero = 7;

    private static readonly float[] Table =
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
        -0.18477343022823334f, -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f,
        0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f,
        1.0f,
    ];

    private static readonly double[] Midpoints =
        [.. Enumerable.Range(0, Table.Length - 1).Select(i => ((double)Table[i] + Table[i + 1]) / 2)];

    /// <summary>The values by their codes, ascending.</summary>
    public static ReadOnlySpan<float> Values => Table;

    /// <summary>The code of the nearest value; of two that are as near, the lower.</summary>
    /// <param name="value">Within [-1, 1].</param>
    public static byte Nearest(double value)
    {
        // Four comparisons find the number of midpoints below the value.
        var code = value > Midpoints[7] ? 8 : 0;
        code += value > Midpoints[code + 3] ? 4 : 0;
        code += value > Midpoints[code + 1] ? 2 : 0;
        code += value > Midpoints[code] ? 1 : 0;
        return (byte)code;
    }
}
