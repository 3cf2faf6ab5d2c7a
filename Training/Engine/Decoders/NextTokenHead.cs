namespace FedLowRank.Training.Engine.Decoders;

/// <summary>Predicts the next token with the frozen output matrix; nothing of it is trained.</summary>
internal sealed class NextTokenHead(VocabularyMatrix output) : ITaskHead
{
    /// <summary>The model's output matrix.</summary>
    public VocabularyMatrix Output => output;

    /// <inheritdoc/>
    public int? LabelCount => null;

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<float> parameters)
    {
    }

    /// <summary>Does nothing: the matrix stays with the model.</summary>
    public void Dispose()
    {
    }
}
