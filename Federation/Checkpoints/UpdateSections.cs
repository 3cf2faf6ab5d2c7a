using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// The SHA-256 of every section of an update's file, of its header and of each tensor's bytes. Made at receipt and
/// stored beside the update, so that whoever sums some tensors need not read the others to know that those are whole.
/// </summary>
/// <remarks>
/// The stored form is <see cref="MagicBytes"/> bytes that name it and its version, then 32 bytes for each section in
/// the order of the file. The same update gives the same bytes.
/// </remarks>
/// <param name="Header">See <see cref="UpdateForm.HeaderHash"/>.</param>
/// <param name="Tensors">In the order of the file.</param>
public sealed record UpdateSections(BlobHash Header, ValueList<BlobHash> Tensors)
{
    /// <summary>Bytes before the first hash.</summary>
    public const int MagicBytes = 8;

    private const int HashBytes = 32;

    private static ReadOnlySpan<byte> Magic => "FLRSECT1"u8;

    /// <summary>Size of the stored form.</summary>
    /// <param name="tensors">Tensors of the update.</param>
    public static int SizeBytes(int tensors) => MagicBytes + (HashBytes * (1 + tensors));

    /// <summary>The stored form.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes(Tensors.Count)];
        Magic.CopyTo(bytes);
        var rest = bytes.AsSpan(MagicBytes);
        foreach (var hash in Tensors.Prepend(Header))
        {
            BinaryPrimitives.WriteUInt128BigEndian(rest, hash.High);
            BinaryPrimitives.WriteUInt128BigEndian(rest[(HashBytes / 2)..], hash.Low);
            rest = rest[HashBytes..];
        }

        return bytes;
    }

    /// <summary>SHA-256 of the stored form, the name of its blob.</summary>
    public BlobHash StoredHash() => BlobHash.Of(SHA256.HashData(ToBytes()));

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="CheckpointException">It is not of the form.</exception>
    public static UpdateSections Read(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
            throw new CheckpointException("a list of sections does not begin as one of this version does");
        if (bytes.Length < SizeBytes(tensors: 0) || (bytes.Length - MagicBytes) % HashBytes != 0)
        {
            throw new CheckpointException(string.Create(
                CultureInfo.InvariantCulture,
                $"a list of sections has {bytes.Length} bytes; use {MagicBytes} and {HashBytes} for each section"));
        }

        var hashes = new List<BlobHash>();
        for (var at = MagicBytes; at < bytes.Length; at += HashBytes)
            hashes.Add(BlobHash.Of(bytes.Slice(at, HashBytes)));
        return new(hashes[0], hashes.Skip(1).ToValueList());
    }

    /// <summary>Stores the list; where it is stored already, it becomes young.</summary>
    /// <returns>The blob.</returns>
    public async Task<BlobHash> StoreAsync(IBlobStore blobs, CancellationToken cancellationToken = default)
    {
        using var content = new MemoryStream(ToBytes());
        return (await blobs.PutAsync(content, cancellationToken)).Hash;
    }

    /// <summary>Reads a stored list for a form, and checks its bytes.</summary>
    /// <param name="blobs">Where from.</param>
    /// <param name="sections">The blob.</param>
    /// <param name="form">Of the update.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobException">Missing or damaged.</exception>
    /// <exception cref="CheckpointException">It is no list of an update of the form.</exception>
    public static async Task<UpdateSections> LoadAsync(
        IBlobStore blobs, BlobHash sections, UpdateForm form, CancellationToken cancellationToken = default)
    {
        // One byte more than it must have, so that a longer one is read no further.
        var bytes = new byte[SizeBytes(form.Header.Tensors.Length) + 1];
        await using var source = await blobs.OpenVerifiedAsync(sections, cancellationToken);
        var read = await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        var list = Read(bytes.AsSpan(0, read));
        return list.Header == form.HeaderHash && list.Tensors.Count == form.Header.Tensors.Length
            ? list
            : throw new CheckpointException("its header is not that of the round's updates");
    }
}
