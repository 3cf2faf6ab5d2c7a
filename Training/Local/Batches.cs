namespace FedLowRank.Training.Local;

/// <summary>Batches from indices.</summary>
internal static class Batches
{
    /// <summary>The examples at the given indices, in the order of the indices.</summary>
    public static TokenizedExample[] Gather(ReadOnlySpan<TokenizedExample> examples, ReadOnlySpan<int> indices)
    {
        var batch = new TokenizedExample[indices.Length];
        for (var i = 0; i < batch.Length; i++)
        {
            batch[i] = examples[indices[i]];
        }

        return batch;
    }
}
