namespace FedLowRank.Training.Local;

/// <summary>Quality of next-token predictions on a set of examples.</summary>
/// <param name="Loss">Mean cross-entropy over all target tokens, in nats.</param>
/// <param name="TargetCount">Number of target tokens, of all examples together.</param>
public sealed record TokenQuality(double Loss, long TargetCount)
{
    /// <summary>exp(loss): among how many equally likely tokens the model would be as uncertain.</summary>
    public double Perplexity => Math.Exp(Loss);
}
