namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The classification head on the last token's vector h: logits = W h without a bias, as Hugging Face's sequence
/// classifiers on decoders have it (<c>score.weight</c>).
/// </summary>
internal sealed class ScoreHead(ParameterTensor weight, int labels, int width) : ITaskHead
{
    /// <inheritdoc/>
    public int? LabelCount => labels;

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<float> parameters) => weight.Update(parameters);

    /// <summary>Logits of one example turned into probabilities; returns the most likely label and the loss.</summary>
    /// <param name="hidden">h, d values.</param>
    /// <param name="label">The true label.</param>
    /// <param name="probabilities">Receives as many values as there are labels.</param>
    public Prediction Predict(ReadOnlySpan<float> hidden, int label, Span<float> probabilities)
    {
        for (var c = 0; c < labels; c++)
        {
            var sum = 0f;
            var row = Row(c);
            for (var i = 0; i < width; i++)
            {
                sum += row[i] * hidden[i];
            }

            probabilities[c] = sum;
        }

        return LabelLoss.Predict(probabilities, label);
    }

    /// <summary>Backward pass of one example.</summary>
    /// <param name="hidden">h, d values.</param>
    /// <param name="dLogits">Probabilities less one at the label.</param>
    /// <param name="row">The example's gradient over all trainables; its head part is written.</param>
    /// <param name="dHidden">Receives the gradient of h, d values.</param>
    public void Backward(
        ReadOnlySpan<float> hidden, ReadOnlySpan<float> dLogits, Span<float> row, Span<float> dHidden)
    {
        dHidden.Clear();
        for (var c = 0; c < labels; c++)
        {
            var from = Row(c);
            for (var i = 0; i < width; i++)
            {
                dHidden[i] += dLogits[c] * from[i];
            }

            for (var i = 0; weight.Offset >= 0 && i < width; i++)
            {
                row[weight.Offset + (c * width) + i] = dLogits[c] * hidden[i];
            }
        }
    }

    public void Dispose()
    {
    }

    private ReadOnlySpan<float> Row(int label) => weight.Values.Slice(label * width, width);
}
