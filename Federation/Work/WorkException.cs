namespace FedLowRank.Federation.Work;

/// <summary>The server's work on a round cannot be done; the message says what is wrong with which input.</summary>
public sealed class WorkException : Exception
{
    /// <summary>Makes the exception.</summary>
    public WorkException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
