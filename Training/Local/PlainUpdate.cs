namespace FedLowRank.Training.Local;

/// <summary>
/// What a round of ordinary training changed. It is private data in the clear, so it has a type of its own, which
/// <see cref="SendableUpdate"/> takes only where everybody has said that the run is not private.
/// </summary>
public sealed class PlainUpdate
{
    private readonly float[] difference;

    /// <summary>Takes ownership of the difference.</summary>
    internal PlainUpdate(float[] difference) => this.difference = difference;

    /// <summary>Parameters at the end minus those at the start, flat.</summary>
    internal ReadOnlySpan<float> Difference => difference;
}
