namespace FedLowRank.Training;

/// <summary>
/// What a model says of one example. A classifier: the most likely label and the cross-entropy of the true one. Next
/// tokens: the mean cross-entropy over the example's target tokens and how many these are; there is no label.
/// </summary>
/// <param name="Label">The most likely label; -1 for next tokens.</param>
/// <param name="Loss">Cross-entropy in nats, the mean over the targets.</param>
/// <param name="TargetCount">Number of predicted tokens; 1 for a classifier.</param>
public readonly record struct Prediction(int Label, float Loss, int TargetCount = 1)
{
    /// <summary>Prediction of a sequence's tokens, each from those before it.</summary>
    public static Prediction OfTokens(double loss, int targetCount) => new(-1, (float)loss, targetCount);
}
