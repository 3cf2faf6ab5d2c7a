namespace FedLowRank.Aggregation.Peft;

/// <summary>
/// An adapter cannot be imported or exported. The message names the field or tensor and what is supported.
/// </summary>
public sealed class PeftException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PeftException(PeftError error, string message, Exception? innerException = null)
        : base($"PEFT adapter: {message}", innerException) => Error = error;

    /// <summary>What is wrong.</summary>
    public PeftError Error { get; }
}
