using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Hosting.Journaling;

/// <summary>Somebody else has written a stream that this server alone may write; it writes it no more.</summary>
internal sealed class StreamConflictException(StreamName stream, long expectedLast, long last) : Exception(
    $"stream '{stream}' should end with entry {expectedLast} and ends with {last}: another writer is at work");
