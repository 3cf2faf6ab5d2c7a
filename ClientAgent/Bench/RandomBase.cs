using FedLowRank.Aggregation.Methods;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Bench;

/// <summary>
/// Weights of any shape for measurements: public random numbers, the same for the same name, as large as those of a
/// model before its training.
/// </summary>
internal sealed class RandomBase : IWeightSource
{
    // A prime, so that the rows of a large matrix, which repeat the same values, do not repeat each other.
    private const int Period = 65_521;
    private const double Spread = 0.05;

    public bool Contains(string name) => true;

    public void Require(string name, ReadOnlySpan<int> shape)
    {
    }

    public void ReadFloats(string name, ReadOnlySpan<int> shape, Span<float> target)
    {
        var random = new SeededSequence(0, name);
        var centre = shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
        var first = target[..Math.Min(Period, target.Length)];
        foreach (ref var value in first) value = (float)(centre + (Spread * random.NextSymmetric()));
        for (var at = Period; at < target.Length; at += Period)
            first[..Math.Min(Period, target.Length - at)].CopyTo(target[at..]);
    }
}
