namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>
/// Leave to write one upload past the server, straight into its storage: for a short time, and for nothing else. Who
/// holds it can neither read nor touch anything but this upload.
/// </summary>
/// <param name="Address">Of the upload, with what proves the leave: a secret, never to be logged.</param>
/// <param name="Expires">Until when it holds.</param>
/// <param name="PieceBytes">Most bytes of a piece.</param>
public sealed record StagingLink(Uri Address, DateTimeOffset Expires, int PieceBytes)
{
    /// <summary>Where the piece that begins at <paramref name="offset"/> is PUT (Azure's Put Block).</summary>
    public Uri PieceAt(long offset) =>
        new($"{Address.AbsoluteUri}&comp=block&blockid={Uri.EscapeDataString(StagedPiece.NameAt(offset))}");

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"link to {Address.GetLeftPart(UriPartial.Path)} until {Expires:O}";
}
