namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>A blob store cannot do what it was asked. The message names what, the value and the limit.</summary>
public sealed class BlobException : Exception
{
    /// <summary>Creates the exception.</summary>
    public BlobException(BlobError error, string message, Exception? innerException = null)
        : base($"blobs: {message}", innerException) => Error = error;

    /// <summary>What is wrong.</summary>
    public BlobError Error { get; }

    /// <summary>
    /// Where the next write begins; of <see cref="BlobError.WrongOffset"/> and <see cref="BlobError.Incomplete"/>.
    /// </summary>
    public long? DurableBytes { get; init; }
}
