namespace FedLowRank.Federation.Checkpoints;

/// <summary>A file of a checkpoint is not what it should be; the message says what is wrong.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CheckpointException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
