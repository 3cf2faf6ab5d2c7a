using FedLowRank.Training.Files;

namespace FedLowRank.Tests;

/// <summary>Random weights of any shape, the same for the same name.</summary>
internal sealed class RandomWeights(string prefix) : IWeightSource
{
    public bool Contains(string name) => name.StartsWith(prefix, StringComparison.Ordinal);

    public void Require(string name, ReadOnlySpan<int> shape)
    {
    }

    public void ReadFloats(string name, ReadOnlySpan<int> shape, Span<float> target)
    {
        var seed = name.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));
        var random = new Random(seed);
        var centre = IsNormWeight(name) ? 1 : 0;
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (float)(centre + (0.4 * (random.NextDouble() - 0.5)));
        }
    }

    private static bool IsNormWeight(string name) =>
        name.EndsWith("norm.weight", StringComparison.OrdinalIgnoreCase)
        || (name.Contains(".ln_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal));
}
