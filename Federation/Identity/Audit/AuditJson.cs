using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>
/// The one stored form of entries and signed heads: one line of JSON in ASCII (every other character as \uXXXX),
/// members in the order of the types, no white space. An entry's hash is the SHA-256 of its line without the line
/// break, so that an export can be verified with any tool. Another form of the same entry is not read.
/// </summary>
public static class AuditJson
{
    /// <summary>Version of the form.</summary>
    public const int Schema = 1;

    /// <summary>Writes an entry.</summary>
    public static byte[] Write(AuditEntry entry) => Write(entry, AuditJsonContext.Default.VersionedAuditEntry);

    /// <summary>Writes a signed head.</summary>
    public static byte[] Write(SignedHead head) => Write(head, AuditJsonContext.Default.VersionedSignedHead);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="JsonException">Not exactly the form.</exception>
    public static AuditEntry ReadEntry(ReadOnlySpan<byte> line) =>
        Read(line, AuditJsonContext.Default.VersionedAuditEntry);

    /// <summary>Reads a signed head.</summary>
    /// <exception cref="JsonException">Not exactly the form.</exception>
    public static SignedHead ReadHead(ReadOnlySpan<byte> line) =>
        Read(line, AuditJsonContext.Default.VersionedSignedHead);

    /// <summary>Hash of an entry's stored form.</summary>
    public static BlobHash HashOf(ReadOnlySpan<byte> line) => BlobHash.Of(SHA256.HashData(line));

    private static byte[] Write<T>(T value, JsonTypeInfo<Versioned<T>> type) =>
        JsonSerializer.SerializeToUtf8Bytes(new(Schema, value), type);

    private static T Read<T>(ReadOnlySpan<byte> line, JsonTypeInfo<Versioned<T>> type)
    {
        if (JsonSerializer.Deserialize(line, type) is not { Schema: Schema, Value: { } value })
            throw new JsonException($"an audit log of another version; this build reads {Schema}");
        return Write(value, type).AsSpan().SequenceEqual(line)
            ? value
            : throw new JsonException("not in the one form that entries have");
    }
}
