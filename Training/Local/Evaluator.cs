namespace FedLowRank.Training.Local;

/// <summary>Measures a model's quality from its predictions.</summary>
public static class Evaluator
{
    /// <summary>Predicts every example with the adapter that the engine holds and measures the predictions.</summary>
    /// <param name="engine">Loaded with the adapter to measure.</param>
    /// <param name="parameters">The trained values, flat, in the layout that the engine was loaded with.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="labelCount">Number of labels.</param>
    /// <param name="cancellation">Looked at between blocks of examples.</param>
    public static Quality Measure(
        ITrainingEngine engine,
        ReadOnlySpan<float> parameters,
        ReadOnlySpan<TokenizedExample> examples,
        int labelCount,
        CancellationToken cancellation) =>
        Measure(Predict(engine, parameters, examples, cancellation), examples, labelCount);

    /// <summary>Predicts every token of every example but its first, and measures the predictions.</summary>
    /// <param name="engine">Loaded with the adapter to measure, for the next token.</param>
    /// <param name="parameters">The trained values, flat, in the layout that the engine was loaded with.</param>
    /// <param name="examples">At least one, without labels.</param>
    /// <param name="cancellation">Looked at between blocks of examples.</param>
    public static TokenQuality MeasureTokens(
        ITrainingEngine engine,
        ReadOnlySpan<float> parameters,
        ReadOnlySpan<TokenizedExample> examples,
        CancellationToken cancellation) =>
        MeasureTokens(Predict(engine, parameters, examples, cancellation));

    /// <summary>The mean loss over all target tokens: a long example weighs more than a short one.</summary>
    /// <param name="predictions">At least one.</param>
    /// <exception cref="ArgumentException">No predictions.</exception>
    public static TokenQuality MeasureTokens(ReadOnlySpan<Prediction> predictions)
    {
        if (predictions.IsEmpty)
        {
            throw new ArgumentException("no predictions to measure; expected at least one", nameof(predictions));
        }

        var (loss, count) = (0.0, 0L);
        foreach (var prediction in predictions)
        {
            loss += (double)prediction.Loss * prediction.TargetCount;
            count += prediction.TargetCount;
        }

        return new TokenQuality(loss / count, count);
    }

    /// <summary>
    /// Accuracy, macro-F1 and mean loss. F1 of a label is 2 TP / (2 TP + FP + FN); macro-F1 is its plain mean over all
    /// <paramref name="labelCount"/> labels, where a label that is neither true nor predicted anywhere counts as 0.
    /// </summary>
    /// <param name="predictions">One for each example, in the same order.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="labelCount">Number of labels; every true and predicted label is below it.</param>
    /// <exception cref="ArgumentException">No examples, differing lengths, or a label out of range.</exception>
    public static Quality Measure(
        ReadOnlySpan<Prediction> predictions, ReadOnlySpan<TokenizedExample> examples, int labelCount)
    {
        if (examples.Length == 0 || predictions.Length != examples.Length)
        {
            throw new ArgumentException(
                $"{predictions.Length} predictions for {examples.Length} examples; expected as many, at least one",
                nameof(predictions));
        }

        var hits = new long[labelCount];
        var truths = new long[labelCount];
        var guesses = new long[labelCount];
        var loss = 0.0;
        for (var i = 0; i < examples.Length; i++)
        {
            var (truth, guess) = (examples[i].Label, predictions[i].Label);
            if ((uint)truth >= (uint)labelCount || (uint)guess >= (uint)labelCount)
            {
                throw new ArgumentException(
                    $"example {i} has label {truth}, predicted {guess}; expected 0 to {labelCount - 1}",
                    nameof(examples));
            }

            truths[truth]++;
            guesses[guess]++;
            hits[truth] += truth == guess ? 1 : 0;
            loss += predictions[i].Loss;
        }

        var f1 = 0.0;
        for (var label = 0; label < labelCount; label++)
        {
            // TP + FN and TP + FP: the two sums together are 2 TP + FP + FN.
            var both = truths[label] + guesses[label];
            f1 += both == 0 ? 0 : 2.0 * hits[label] / both;
        }

        return new Quality((double)hits.Sum() / examples.Length, f1 / labelCount, loss / examples.Length);
    }

    private static Prediction[] Predict(
        ITrainingEngine engine,
        ReadOnlySpan<float> parameters,
        ReadOnlySpan<TokenizedExample> examples,
        CancellationToken cancellation)
    {
        const int BlockExamples = 256;
        var predictions = new Prediction[examples.Length];
        for (var start = 0; start < examples.Length; start += BlockExamples)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(BlockExamples, examples.Length - start);
            engine.Evaluate(parameters, examples.Slice(start, count), predictions.AsSpan(start, count));
        }

        return predictions;
    }
}
