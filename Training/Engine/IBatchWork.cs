namespace FedLowRank.Training.Engine;

/// <summary>What is done with each micro-batch.</summary>
internal interface IBatchWork
{
    /// <summary>Computes; side by side with other micro-batches.</summary>
    /// <param name="pass">Of this worker alone.</param>
    /// <param name="examples">The micro-batch.</param>
    /// <param name="start">Place of its first example in the batch.</param>
    void Compute(IModelPass pass, ReadOnlySpan<TokenizedExample> examples, int start);

    /// <summary>Hands over what the pass holds; one micro-batch at a time, in the order of the examples.</summary>
    void Deliver(IModelPass pass);
}
