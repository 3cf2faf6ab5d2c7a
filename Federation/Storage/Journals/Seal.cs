using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FedLowRank.Federation.Storage.Journals;

/// <summary>
/// A check stored with every payload: the first 16 bytes of SHA-256 over kind, stream, number and payload. Databases
/// find a broken structure; this finds a flipped bit, and a row that lies in another's place.
/// </summary>
internal static class Seal
{
    private const int SealBytes = 16;
    private const byte EntryKind = 1;
    private const byte SnapshotKind = 2;

    public static byte[] OfEntry(StreamName stream, long number, ReadOnlySpan<byte> payload) =>
        Of(EntryKind, stream, number, payload);

    public static byte[] OfSnapshot(StreamName stream, long number, ReadOnlySpan<byte> state) =>
        Of(SnapshotKind, stream, number, state);

    /// <summary>A snapshot whose seal was checked.</summary>
    public static JournalSnapshot Snapshot(StreamName stream, long number, ReadOnlySpan<byte> seal, byte[] state) =>
        seal.SequenceEqual(OfSnapshot(stream, number, state))
            ? new(number, state)
            : throw new JournalException(
                JournalError.Damaged, $"the snapshot of '{stream}' at {number} is not what was written");

    private static byte[] Of(byte kind, StreamName stream, long number, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var name = Encoding.ASCII.GetBytes(stream.Value);
        Span<byte> head = stackalloc byte[17];
        head[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], name.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head[9..], number);
        hash.AppendData(head);
        hash.AppendData(name);
        hash.AppendData(payload);
        return hash.GetHashAndReset()[..SealBytes];
    }
}
