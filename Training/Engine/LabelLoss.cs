namespace FedLowRank.Training.Engine;

/// <summary>Cross-entropy of a few labels.</summary>
internal static class LabelLoss
{
    /// <summary>
    /// Turns logits into soft-max probabilities, in place; returns the most likely label and the true one's loss.
    /// </summary>
    public static Prediction Predict(Span<float> logits, int label)
    {
        var best = 0;
        for (var c = 1; c < logits.Length; c++)
        {
            best = logits[c] > logits[best] ? c : best;
        }

        var (max, total, logit) = (logits[best], 0.0, logits[label]);
        foreach (var value in logits)
        {
            total += Math.Exp(value - max);
        }

        for (var c = 0; c < logits.Length; c++)
        {
            logits[c] = (float)(Math.Exp(logits[c] - max) / total);
        }

        return new Prediction(best, (float)(Math.Log(total) + max - logit));
    }
}
