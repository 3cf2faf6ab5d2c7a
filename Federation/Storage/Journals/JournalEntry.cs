namespace FedLowRank.Federation.Storage.Journals;

/// <summary>One entry of a stream.</summary>
/// <param name="number">From 1.</param>
/// <param name="payload">What was appended.</param>
public sealed class JournalEntry(long number, ReadOnlyMemory<byte> payload)
{
    /// <summary>From 1.</summary>
    public long Number { get; } = number;

    /// <summary>What was appended.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;
}
