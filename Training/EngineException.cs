namespace FedLowRank.Training;

/// <summary>An engine, its device or its native library cannot be used as asked.</summary>
/// <param name="message">Names what was asked, its value and the limit.</param>
/// <param name="advice">What a person can do about it.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class EngineException(string message, string advice, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What a person can do about it.</summary>
    public string Advice { get; } = advice;
}
