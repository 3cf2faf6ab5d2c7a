namespace FedLowRank.Training.Engine;

/// <summary>What turns hidden states into predictions: the adapter's head tensors, shared by all workers.</summary>
internal interface ITaskHead : IDisposable
{
    /// <summary>Number of labels, or null where the next token is predicted.</summary>
    int? LabelCount { get; }

    /// <summary>Takes the trained tensors from the flat parameters.</summary>
    void Update(ReadOnlySpan<float> parameters);
}
