namespace FedLowRank.Training.Files;

/// <summary>
/// The weight files of a model folder do not fit together. The message names the file, the field and the value.
/// </summary>
public sealed class WeightsException : Exception
{
    /// <summary>Creates the exception.</summary>
    public WeightsException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
