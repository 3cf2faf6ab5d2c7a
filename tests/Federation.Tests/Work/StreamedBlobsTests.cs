using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Tests.Work;

/// <summary>What is stored while it is made is stored whole, and a fault of either side ends both.</summary>
public sealed class StreamedBlobsTests : IDisposable
{
    // More than lies between the two sides, so that one waits for the other.
    private const int PieceCount = 40;

    private static readonly byte[] Piece = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * i))];

    private readonly WorkFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task All_of_it_is_stored_under_its_hash()
    {
        var expected = BlobHash.Of(SHA256.HashData(
            [.. Enumerable.Repeat(Piece, PieceCount).SelectMany(piece => piece)]));
        Assert.Equal(expected, await folder.Blobs.PutAsync(PieceCount * Piece.Length, Write, Token));
        Assert.Equal(PieceCount * Piece.Length, (await folder.Blobs.FindAsync(expected, Token))?.SizeBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(PieceCount)]
    public async Task What_the_writer_throws_is_thrown(int piecesBefore)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => folder.Blobs.PutAsync(PieceCount * Piece.Length, Broken, Token));
        Assert.Equal("broken", error.Message);

        void Broken(Stream target)
        {
            for (var i = 0; i < piecesBefore; i++) target.Write(Piece);
            throw new InvalidDataException("broken");
        }
    }

    [Fact]
    public async Task A_store_that_takes_no_more_ends_the_writer_too()
    {
        var error = await Assert.ThrowsAsync<BlobException>(
            () => folder.Blobs.PutAsync(Piece.Length, Write, Token));
        Assert.Equal(BlobError.ContentTooLong, error.Error);
    }

    [Fact]
    public async Task A_writer_that_writes_too_little_is_an_error()
    {
        var error = await Assert.ThrowsAsync<BlobException>(
            () => folder.Blobs.PutAsync((PieceCount * Piece.Length) + 1, Write, Token));
        Assert.Equal(BlobError.Incomplete, error.Error);
    }

    private static void Write(Stream target)
    {
        for (var i = 0; i < PieceCount; i++) target.Write(Piece);
    }
}
