namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// A safetensors file is not what it should be. The message names the tensor, the value and the limit.
/// </summary>
public sealed class SafetensorsException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SafetensorsException(SafetensorsError error, string message, Exception? innerException = null)
        : base($"safetensors: {message}", innerException) => Error = error;

    /// <summary>What is wrong.</summary>
    public SafetensorsError Error { get; }
}
