using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FedLowRank.ClientAgent.Storage;

namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>
/// The ledger as bytes. A line is its number, from 1, the record as JSON and a hash, parted by tabs and ended by \n;
/// the hash is SHA-256 over the hash of the line before (32 zero bytes before the first) and all of the line in front
/// of its own tab. So no byte can change, and no line go missing in the middle, unnoticed. That none is missing at the
/// end the head tells: a file of its own with a copy of the last line, written before the line itself.
/// </summary>
/// <remarks>
/// A crash leaves one of two things: the head is old and the ledger ends with the same line, or the head is new and of
/// its line the ledger has nothing, some bytes or all. In the second case the line is completed from the head and
/// counts as spent, although training cannot have begun: that cannot be told from a ledger that was cut on purpose, and
/// a round that is charged for nothing harms less than one that is not charged. Whatever else is found is damage.
/// </remarks>
internal static class LedgerText
{
    private const int HashBytes = 32;
    private static readonly byte[] Beginning = new byte[HashBytes];

    /// <summary>The next line.</summary>
    /// <param name="number">Of the line, from 1.</param>
    /// <param name="record">What it says.</param>
    /// <param name="previous">Hash of the line before; null for the first.</param>
    public static (byte[] Line, byte[] Hash) Write(int number, LedgerRecord record, byte[]? previous)
    {
        var json = JsonSerializer.Serialize(record, StorageJson.Default.LedgerRecord);
        var body = string.Create(CultureInfo.InvariantCulture, $"{number}\t{json}");
        var hash = HashOf(previous ?? Beginning, Encoding.UTF8.GetBytes(body));
        return (Encoding.UTF8.GetBytes($"{body}\t{Convert.ToHexStringLower(hash)}\n"), hash);
    }

    /// <summary>Reads both files; null for one that is missing.</summary>
    /// <exception cref="FormatException">They are damaged; the message says where.</exception>
    public static LedgerContent Read(ReadOnlySpan<byte> ledger, ReadOnlySpan<byte> head)
    {
        var records = new List<LedgerRecord>();
        var hash = Beginning;
        var last = ReadOnlySpan<byte>.Empty;
        var rest = ledger;
        while (rest.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = rest[..(end + 1)];
            if (Parse(line, records.Count + 1, hash) is not var (record, next))
                throw new FormatException($"line {records.Count + 1} is damaged");
            records.Add(record);
            hash = next;
            last = line;
            rest = rest[line.Length..];
        }

        if (records.Count > 0 && rest.IsEmpty && head.SequenceEqual(last)) return new(records, hash, []);
        if (Parse(head, records.Count + 1, hash) is not var (newest, newestHash))
            throw new FormatException($"after line {records.Count} it does not go on as its head says");
        if (!head.StartsWith(rest)) throw new FormatException($"line {records.Count + 1} is damaged");
        records.Add(newest);
        return new(records, newestHash, head[rest.Length..].ToArray());
    }

    private static (LedgerRecord Record, byte[] Hash)? Parse(ReadOnlySpan<byte> line, int number, byte[] previous)
    {
        var hashAt = line.LastIndexOf((byte)'\t');
        if (hashAt < 0 || line[^1] != '\n') return null;
        var body = line[..hashAt];
        var hash = HashOf(previous, body);
        var isSound = line[(hashAt + 1)..^1].SequenceEqual(Encoding.UTF8.GetBytes(Convert.ToHexStringLower(hash)));
        var start = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}\t"));
        if (!isSound || !body.StartsWith(start)) return null;
        try
        {
            var record = JsonSerializer.Deserialize(body[start.Length..], StorageJson.Default.LedgerRecord);
            return record is null ? null : (record, hash);
        }
        catch (JsonException error)
        {
            throw new FormatException(
                $"line {number} is of another version of this program ({error.Message})", error);
        }
    }

    private static byte[] HashOf(byte[] previous, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
