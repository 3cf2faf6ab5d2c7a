namespace FedLowRank.Federation.Storage.Journals;

/// <summary>A journal cannot do what it was asked. The message names what, the value and the limit.</summary>
public sealed class JournalException : Exception
{
    /// <summary>Creates the exception.</summary>
    public JournalException(JournalError error, string message, Exception? innerException = null)
        : base($"journal: {message}", innerException) => Error = error;

    /// <summary>What is wrong.</summary>
    public JournalError Error { get; }
}
