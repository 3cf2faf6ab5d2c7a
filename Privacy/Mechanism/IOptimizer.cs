namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// A rule that moves parameters by a gradient, for example SGD with momentum or Adam. It sees nothing of the data
/// but the gradient it is given, so on noised gradients it is post-processing.
/// </summary>
public interface IOptimizer
{
    /// <summary>One step, in place.</summary>
    /// <param name="parameters">The trainables, flat.</param>
    /// <param name="gradient">Estimate of the mean gradient, as long as <paramref name="parameters"/>.</param>
    void Step(Span<float> parameters, ReadOnlySpan<float> gradient);
}
