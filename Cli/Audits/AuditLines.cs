using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FedLowRank.Cli.Audits;

/// <summary>Cuts an audit log into its lines, whatever its length.</summary>
internal static class AuditLines
{
    /// <summary>Longest line: an entry with all it may hold is far below.</summary>
    public const int BytesMax = 256 << 10;

    /// <summary>The lines without their line ends.</summary>
    /// <exception cref="InvalidDataException">A line is longer than any entry may be.</exception>
    public static async IAsyncEnumerable<byte[]> ReadAsync(
        Stream source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                yield return buffer.Slice(0, end).ToArray();
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (buffer.Length > BytesMax)
                throw new InvalidDataException($"a line of the audit log has more than {BytesMax} bytes");
            if (result.IsCompleted)
            {
                if (!buffer.IsEmpty) yield return buffer.ToArray();
                break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }
}
